/** Tela behind the port: one HTTP call each, as its API reference says. How it travels is given. */
import type { Connection } from "../../platform/config.ts";
import { stringifyJson } from "../../platform/json.ts";
import { callForDefinition, callForDeletion } from "../definition-answer.ts";
import { notSendable, pathSegment } from "../path-segment.ts";
import type { Answer, Provider, ScopePage } from "../provider.ts";
import { readAnswer } from "../provider-answer.ts";
import type { ProviderTransport } from "../provider-call.ts";
import {
  definitionIdIn,
  readKeyCheck,
  readParents,
  readTestCase,
  readTestCases,
  readWritten,
} from "./tela-answer.ts";
import { telaDialect } from "./tela-dialect.ts";
import { promptOfScope, scopeOfPrompt } from "./tela-scope.ts";

const TEST_CASES = "/test-case";

const reading = { read: readTestCase, idIn: definitionIdIn };
const writing = { read: readWritten, idIn: definitionIdIn };

export function createTelaProvider({
  connection,
  call,
}: {
  readonly connection: Connection;
  readonly call: ProviderTransport;
}): Provider {
  /** Its documents know no list of all prompts: the projects first, then the prompts of each. */
  async function projectPage(timeoutMs: number): Promise<Answer<ScopePage>> {
    const answer = await call({ method: "GET", path: "/project", timeoutMs });
    const { body, receipt } = readAnswer(answer, readParents);
    return { body: { scopes: [], ...cursorOf(body) }, receipt };
  }

  async function promptPage(cursor: string, timeoutMs: number): Promise<Answer<ScopePage>> {
    const [projectId = "", ...others] = projectsOf(cursor);
    const query = new URLSearchParams({ projectId, includeStats: "false", includeLastVersion: "false" });
    const answer = await call({ method: "GET", path: `/prompt?${query}`, timeoutMs });
    const { body, receipt } = readAnswer(answer, readParents);
    return { body: { scopes: [...new Set(body.map(scopeOfPrompt))], ...cursorOf(others) }, receipt };
  }

  return {
    dialect: telaDialect(connection),

    async get(definitionId, { timeoutMs }) {
      const path = casePath(definitionId);
      return callForDefinition(
        call,
        { method: "GET", path, timeoutMs },
        { ...reading, expectedId: definitionId },
      );
    },

    async list(scope, _cursor, { timeoutMs }) {
      const promptId = promptOfScope(scope);
      if (promptId === undefined) throw notSendable();
      const path = `${TEST_CASES}?${new URLSearchParams({ promptId })}`;
      return readAnswer(await call({ method: "GET", path, timeoutMs }), readTestCases);
    },

    async listScopes(cursor, { timeoutMs }) {
      return cursor === undefined ? projectPage(timeoutMs) : promptPage(cursor, timeoutMs);
    },

    async create(body, { timeoutMs }) {
      const request = { method: "POST", path: TEST_CASES, body: stringifyJson(body), timeoutMs } as const;
      return callForDefinition(call, request, writing);
    },

    async update(definitionId, body, { timeoutMs }) {
      const path = casePath(definitionId);
      const request = { method: "PATCH", path, body: stringifyJson(body), timeoutMs } as const;
      // Tela's schema of the answer has no content; its prose says the whole test case.
      const ifEmpty = { definitionId };
      return callForDefinition(call, request, { ...writing, expectedId: definitionId, ifEmpty });
    },

    async delete(definitionId, { timeoutMs }) {
      // No document shows a body; samples parse one, which could be the test case with its mark.
      return callForDeletion(call, { path: casePath(definitionId), timeoutMs }, (value, text) => {
        const shown = readTestCase(value, text);
        return shown?.definitionId === definitionId && shown.deleted;
      });
    },

    async checkKey({ timeoutMs }) {
      return readAnswer(await call({ method: "GET", path: "/api-key", timeoutMs }), readKeyCheck);
    },
  };
}

function casePath(definitionId: string): string {
  return `${TEST_CASES}/${pathSegment(definitionId)}`;
}

/** A cursor of the list of scopes: the projects whose prompts are still to be asked for. */
function cursorOf(projectIds: readonly string[]): { readonly nextCursor?: string } {
  return projectIds.length === 0 ? {} : { nextCursor: projectIds.map(encodeURIComponent).join(" ") };
}

function projectsOf(cursor: string): readonly string[] {
  return cursor.split(" ").map(decodeURIComponent);
}
