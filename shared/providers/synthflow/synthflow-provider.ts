/** Synthflow behind the port: one HTTP call each, as its API reference says. How it travels is given. */
import type { Connection } from "../../platform/config.ts";
import { isJsonObject, type JsonObject, type JsonValue, stringifyJson } from "../../platform/json.ts";
import { callForDefinition, callForDeletion } from "../definition-answer.ts";
import { notSendable } from "../path-segment.ts";
import type { Answer, ObservedDefinition, Provider, ScopePage } from "../provider.ts";
import { readAnswer } from "../provider-answer.ts";
import type { ProviderTransport } from "../provider-call.ts";
import {
  definitionIdIn,
  isCaseId,
  readCaseAnswer,
  readCasePage,
  readSuitePage,
  readWritten,
} from "./synthflow-answer.ts";
import { synthflowDialect } from "./synthflow-dialect.ts";
import { cursorOf, firstPage, type Position, positionOf } from "./synthflow-page.ts";
import { isScope, scopeOfSuite, WORKSPACE } from "./synthflow-scope.ts";

const CASES = "/simulation_cases";
/** The most that is documented; by default a page has ten. */
const CASES_PER_PAGE = 100;

/** The lists that tell the scopes, in the order in which they are read. */
const SUITE_LIST = 0;
const CASE_LIST = 1;

export function createSynthflowProvider({
  connection,
  call,
}: {
  readonly connection: Connection;
  readonly call: ProviderTransport;
}): Provider {
  const dialect = synthflowDialect(connection);
  const zone = connection.timestampZone;
  const reading = { read: (value: JsonValue) => readCaseAnswer(value, zone), idIn: definitionIdIn };
  const writing = { read: (value: JsonValue) => readWritten(value, zone), idIn: definitionIdIn };

  async function casePage(position: Position, timeoutMs: number) {
    const query = `page_number=${position.page}&page_size=${CASES_PER_PAGE}`;
    const answer = await call({ method: "GET", path: `${CASES}?${query}`, timeoutMs });
    return readAnswer(answer, (value) => readCasePage(value, position, zone));
  }

  /** How many suites a page may have is documented nowhere: it is left to Synthflow. */
  async function suiteScopes(position: Position, timeoutMs: number): Promise<Answer<ScopePage>> {
    const path = `/simulation_suites?page_number=${position.page}`;
    const answer = await call({ method: "GET", path, timeoutMs });
    const { body, receipt } = readAnswer(answer, (value) => readSuitePage(value, position));
    const scopes = body.suiteIds.map(scopeOfSuite);
    const nextCursor =
      body.next === undefined ? cursorOf(CASE_LIST, firstPage) : cursorOf(SUITE_LIST, body.next);
    const all = position.page === firstPage.page ? [WORKSPACE, ...scopes] : scopes;
    return { body: { scopes: [...new Set(all)], nextCursor }, receipt };
  }

  /** A suite that the list of suites does not show may have cases nevertheless. */
  async function scopesOfCases(position: Position, timeoutMs: number): Promise<Answer<ScopePage>> {
    const { body, receipt } = await casePage(position, timeoutMs);
    const scopes = [...new Set(body.definitions.map(({ value }) => dialect.scopeOf(value)))];
    return { body: { scopes, ...(body.next && { nextCursor: cursorOf(CASE_LIST, body.next) }) }, receipt };
  }

  return {
    dialect,

    async get(definitionId, { timeoutMs }) {
      const request = { method: "GET", path: casePath(definitionId), timeoutMs } as const;
      return callForDefinition(call, request, { ...reading, expectedId: definitionId });
    },

    /** Always the workspace's list: not every version of Synthflow's documents can ask for one suite. */
    async list(scope, cursor, { timeoutMs }) {
      if (!isScope(scope)) throw notSendable();
      const position = cursor === undefined ? firstPage : positionOf(cursor).position;
      const { body, receipt } = await casePage(position, timeoutMs);
      const isOfScope = ({ value }: ObservedDefinition) => dialect.scopeOf(value) === scope;
      const definitions = body.definitions.filter(isOfScope);
      const elsewhere = body.definitions.filter((definition) => !isOfScope(definition));
      const nextCursor = body.next && cursorOf(CASE_LIST, body.next);
      return { body: { definitions, elsewhere, ...(nextCursor !== undefined && { nextCursor }) }, receipt };
    },

    async listScopes(cursor, { timeoutMs }) {
      const { list, position } =
        cursor === undefined ? { list: SUITE_LIST, position: firstPage } : positionOf(cursor);
      return list === SUITE_LIST ? suiteScopes(position, timeoutMs) : scopesOfCases(position, timeoutMs);
    },

    async create(body, { timeoutMs }) {
      const requested = stringifyJson(asRequested(body));
      return callForDefinition(call, { method: "POST", path: CASES, body: requested, timeoutMs }, writing);
    },

    async update(definitionId, body, { timeoutMs }) {
      const path = casePath(definitionId);
      const put = { method: "PUT", path, body: stringifyJson(body), timeoutMs } as const;
      return callForDefinition(call, put, { ...writing, expectedId: definitionId });
    },

    async delete(definitionId, { timeoutMs }) {
      return callForDeletion(call, { path: casePath(definitionId), timeoutMs });
    },

    /** It names no workspace. */
    async checkKey({ timeoutMs }) {
      const answer = await call({ method: "GET", path: "/assistants", timeoutMs });
      return readAnswer(answer, (value) => (isJsonObject(value) ? { workspace: undefined } : undefined));
    },
  };
}

/** What Synthflow answers as `base_agent`, an object, it takes as `base_agent_id`. */
function asRequested({ base_agent: agent, ...members }: JsonObject): JsonObject {
  const agentId = isJsonObject(agent) ? agent["model_id"] : undefined;
  return agentId === undefined ? members : { ...members, base_agent_id: agentId };
}

function casePath(id: string): string {
  if (!isCaseId(id)) throw notSendable();
  return `${CASES}/${id}`;
}
