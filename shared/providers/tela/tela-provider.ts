/** Tela behind the port: one HTTP call each, as its API reference says. How it travels is given. */
import type { Connection } from "../../platform/config.ts";
import { type JsonValue, stringifyJson } from "../../platform/json.ts";
import { notSendable, pathSegment } from "../path-segment.ts";
import type { Answer, Provider, ScopePage } from "../provider.ts";
import { type ProviderAnswer, readAnswer } from "../provider-answer.ts";
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

export function createTelaProvider({
  connection,
  call,
}: {
  readonly connection: Connection;
  readonly call: ProviderTransport;
}): Provider {
  /** The test case in an answer: the one that was asked for, if one was. */
  function understood<Body extends { readonly definitionId: string }>(
    answer: ProviderAnswer,
    read: (value: JsonValue, text: string) => Body | undefined,
    expectedId?: string,
  ): Answer<Body> {
    const readExpected = (value: JsonValue) => {
      const found = read(value, answer.text);
      return expectedId !== undefined && found?.definitionId !== expectedId ? undefined : found;
    };
    return readAnswer(answer, readExpected, definitionIdIn);
  }

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
      const answer = await call({ method: "GET", path: casePath(definitionId), timeoutMs, definitionIdIn });
      return understood(answer, readTestCase, definitionId);
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
      const text = stringifyJson(body);
      const answer = await call({ method: "POST", path: TEST_CASES, body: text, timeoutMs, definitionIdIn });
      return understood(answer, readWritten);
    },

    async update(definitionId, body, { timeoutMs }) {
      const path = casePath(definitionId);
      const text = stringifyJson(body);
      const answer = await call({ method: "PATCH", path, body: text, timeoutMs, definitionIdIn });
      // Tela's schema of the answer has no content; its prose says the whole test case.
      if (answer.text === "") return { body: { definitionId }, receipt: answer.receipt };
      return understood(answer, readWritten, definitionId);
    },

    async delete(definitionId, { timeoutMs }) {
      const answer = await call({ method: "DELETE", path: casePath(definitionId), timeoutMs });
      // Documented without a body, and shown with JSON. A proxy's page is no answer of Tela's.
      const { receipt } = answer.text === "" ? answer : readAnswer(answer, (value) => value);
      return { body: undefined, receipt };
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
