/** Retell behind the port: one HTTP call each, as the OpenAPI description of its API says. How it travels is given. */
import type { Connection } from "../../platform/config.ts";
import { stringifyJson } from "../../platform/json.ts";
import { callForDefinition, callForDeletion } from "../definition-answer.ts";
import { notSendable, pathSegment } from "../path-segment.ts";
import type { Provider } from "../provider.ts";
import { readAnswer } from "../provider-answer.ts";
import type { ProviderCall, ProviderTransport } from "../provider-call.ts";
import {
  definitionIdIn,
  readDefinition,
  readDefinitionPage,
  readEnginePage,
  readKeyInfo,
} from "./retell-answer.ts";
import { retellDialect } from "./retell-dialect.ts";
import { engineOfScope, type RetellEngine, retellEngines, scopeOfEngine } from "./retell-engine.ts";

const DEFINITIONS_PER_PAGE = 100;
/** Rows of engines carry whole prompts and flows, some of them hundreds of kilobytes. */
const ENGINES_PER_PAGE = 50;

export function createRetellProvider({
  connection,
  call,
}: {
  readonly connection: Connection;
  readonly call: ProviderTransport;
}): Provider {
  const one = (request: Omit<ProviderCall, "definitionIdIn">, expectedId?: string) =>
    callForDefinition(call, request, { read: readDefinition, idIn: definitionIdIn, expectedId });

  return {
    dialect: retellDialect(connection),

    async get(definitionId, { timeoutMs }) {
      const path = `/get-test-case-definition/${pathSegment(definitionId)}`;
      return one({ method: "GET", path, timeoutMs }, definitionId);
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

    async listScopes(cursor, { timeoutMs }) {
      const { engine, key } = engineListOf(cursor);
      const path = `${engine.listPath}?${listQuery(ENGINES_PER_PAGE, key, {})}`;
      const answer = await call({ method: "GET", path, timeoutMs });
      const { body, receipt } = readAnswer(answer, (value) => readEnginePage(value, engine, key));
      const nextCursor = cursorAfter(engine, body.nextCursor);
      const scopes = [...new Set(body.engineIds.map((id) => scopeOfEngine(engine, id)))];
      return { body: { scopes, ...(nextCursor !== undefined && { nextCursor }) }, receipt };
    },

    async create(body, { timeoutMs }) {
      const path = "/create-test-case-definition";
      return one({ method: "POST", path, body: stringifyJson(body), timeoutMs });
    },

    async update(definitionId, body, { timeoutMs }) {
      const path = `/update-test-case-definition/${pathSegment(definitionId)}`;
      return one({ method: "PUT", path, body: stringifyJson(body), timeoutMs }, definitionId);
    },

    async delete(definitionId, { timeoutMs }) {
      const path = `/delete-test-case-definition/${pathSegment(definitionId)}`;
      return callForDeletion(call, { path, timeoutMs });
    },

    async checkKey({ timeoutMs }) {
      const answer = await call({ method: "GET", path: "/get-api-key-info", timeoutMs });
      return readAnswer(answer, readKeyInfo);
    },
  };
}

/**
 * The lists of all kinds of engines are one list: a cursor is the kind's number and, after a space, Retell's own key,
 * where the kind's list has begun.
 */
function engineListOf(cursor = "0"): { readonly engine: RetellEngine; readonly key: string | undefined } {
  const [, number, key] = /^(\d+)(?: (.*))?$/s.exec(cursor) ?? [];
  const engine = retellEngines[Number(number)];
  if (engine === undefined) throw new Error("not a cursor of this list");
  return { engine, key };
}

function cursorAfter(engine: RetellEngine, key: string | undefined): string | undefined {
  const number = retellEngines.indexOf(engine);
  if (key !== undefined) return `${number} ${key}`;
  return number + 1 < retellEngines.length ? `${number + 1}` : undefined;
}

function listQuery(limit: number, cursor: string | undefined, filter: Record<string, string>): string {
  // URLSearchParams would replace what is not Unicode, and so ask for another engine.
  if (Object.values(filter).some((value) => !value.isWellFormed())) throw notSendable();
  // An empty pagination_key is not an absent one.
  const page = cursor === undefined ? {} : { pagination_key: cursor };
  return new URLSearchParams({ ...filter, limit: String(limit), ...page }).toString();
}
