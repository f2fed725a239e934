/** Retell behind the port: one HTTP call each, as the OpenAPI description of its API says. How it travels is given. */
import type { Connection } from "../../platform/config.ts";
import { stringifyJson } from "../../platform/json.ts";
import type { Answer, CallOptions, ObservedDefinition, Provider } from "../provider.ts";
import { readAnswer } from "../provider-answer.ts";
import type { ProviderCall, ProviderTransport } from "../provider-call.ts";
import { ProviderCallError } from "../provider-call-error.ts";
import {
  definitionIdIn,
  readDefinition,
  readDefinitionPage,
  readEnginePage,
  readKeyInfo,
} from "./retell-answer.ts";
import { retellDialect } from "./retell-dialect.ts";
import { engineOfScope, retellEngines, scopeOfEngine } from "./retell-engine.ts";

const DEFINITIONS_PER_PAGE = 100;
/** Rows of engines carry whole prompts and flows, some of them hundreds of kilobytes. */
const ENGINES_PER_PAGE = 50;
/** Of one engine list; a list that is still not at its end is taken for an endless one. */
const MAX_ENGINE_PAGES = 1_000;

export function createRetellProvider({
  connection,
  call,
}: {
  readonly connection: Connection;
  readonly call: ProviderTransport;
}): Provider {
  /** A call that answers one definition: the one that was asked for, if one was. */
  async function callForDefinition(
    definitionCall: Omit<ProviderCall, "definitionIdIn">,
    expectedId?: string,
  ): Promise<Answer<ObservedDefinition>> {
    const answer = await call({ ...definitionCall, definitionIdIn });
    return readAnswer(
      answer,
      (value) => {
        const definition = readDefinition(value, answer.text);
        const isOther = expectedId !== undefined && definition?.definitionId !== expectedId;
        return isOther ? undefined : definition;
      },
      definitionIdIn,
    );
  }

  return {
    dialect: retellDialect(connection),

    async get(definitionId, { timeoutMs }) {
      const path = `/get-test-case-definition/${pathSegment(definitionId)}`;
      return callForDefinition({ method: "GET", path, timeoutMs }, definitionId);
    },

    async list(scope, cursor, { timeoutMs }) {
      const found = engineOfScope(scope);
      if (found === undefined) throw notSendable();
      const { engine, engineId } = found;
      const query = listQuery(DEFINITIONS_PER_PAGE, cursor, {
        type: engine.type,
        [engine.idMember]: engineId,
      });
      const path = `/v2/list-test-case-definitions?${query}`;
      const answer = await call({ method: "GET", path, timeoutMs });
      return readAnswer(answer, (value) => readDefinitionPage(value, cursor));
    },

    async listScopes(options) {
      const scopes = new Set<string>();
      for (const engine of retellEngines) {
        for (const engineId of await listEngineIds(call, engine, options)) {
          scopes.add(scopeOfEngine(engine, engineId));
        }
      }
      return [...scopes];
    },

    async create(body, { timeoutMs }) {
      const path = "/create-test-case-definition";
      return callForDefinition({ method: "POST", path, body: stringifyJson(body), timeoutMs });
    },

    async update(definitionId, body, { timeoutMs }) {
      const path = `/update-test-case-definition/${pathSegment(definitionId)}`;
      return callForDefinition({ method: "PUT", path, body: stringifyJson(body), timeoutMs }, definitionId);
    },

    async delete(definitionId, { timeoutMs }) {
      const path = `/delete-test-case-definition/${pathSegment(definitionId)}`;
      const answer = await call({ method: "DELETE", path, timeoutMs });
      // Documented is an empty 204. A proxy's page is an answer of somebody who may never have asked Retell.
      const { receipt } = answer.text === "" ? answer : readAnswer(answer, (value) => value);
      return { body: undefined, receipt };
    },

    async checkKey({ timeoutMs }) {
      const answer = await call({ method: "GET", path: "/get-api-key-info", timeoutMs });
      return readAnswer(answer, readKeyInfo);
    },
  };
}

async function listEngineIds(
  call: ProviderTransport,
  engine: (typeof retellEngines)[number],
  { timeoutMs }: CallOptions,
): Promise<string[]> {
  const ids: string[] = [];
  const cursors = new Set<string>();
  let cursor: string | undefined;
  do {
    const path = `${engine.listPath}?${listQuery(ENGINES_PER_PAGE, cursor, {})}`;
    const answer = await call({ method: "GET", path, timeoutMs });
    const { body: page } = readAnswer(answer, (value) => {
      const read = readEnginePage(value, engine, cursor);
      const isEndless =
        cursors.size >= MAX_ENGINE_PAGES || (read?.nextCursor !== undefined && cursors.has(read.nextCursor));
      return isEndless ? undefined : read;
    });
    ids.push(...page.engineIds);
    cursor = page.nextCursor;
    if (cursor !== undefined) cursors.add(cursor);
  } while (cursor !== undefined);
  return ids;
}

function listQuery(limit: number, cursor: string | undefined, filter: Record<string, string>): string {
  // URLSearchParams would replace what is not Unicode, and so ask for another engine.
  if (Object.values(filter).some((value) => !value.isWellFormed())) throw notSendable();
  // An empty pagination_key is not an absent one.
  const page = cursor === undefined ? {} : { pagination_key: cursor };
  return new URLSearchParams({ ...filter, limit: String(limit), ...page }).toString();
}

/** An id as a path segment. `.` and `..` would be another path, and an id that is not Unicode has no encoding. */
function pathSegment(id: string): string {
  if (id === "" || id === "." || id === ".." || !id.isWellFormed()) throw notSendable();
  return encodeURIComponent(id);
}

/** No request can name this id or scope: Retell cannot have it. */
function notSendable(): ProviderCallError {
  return new ProviderCallError({ code: "invalid-request" });
}
