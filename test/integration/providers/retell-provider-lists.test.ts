import { describe, expect, it } from "vitest";
import { parseJson, stringifyJson } from "../../../shared/platform/json.ts";
import { allPages } from "../../../shared/providers/all-pages.ts";
import type { Provider } from "../../../shared/providers/provider.ts";
import { failureOf } from "./provider-call-context.ts";
import { ID, retell, text } from "./retell-context.ts";
import { answering, options } from "./scripted-provider.ts";
import { json } from "./scripted-server.ts";

describe("the list of a scope", () => {
  it("is asked for by engine, page by page", async () => {
    const { provider, server } = await retell((_, response, count) =>
      json(
        response,
        200,
        count === 1
          ? `{"items":[${text}],"has_more":true,"pagination_key":"a b&c"}`
          : `{"items":[],"has_more":false,"pagination_key":"ignored"}`,
      ),
    );
    const first = await provider.list("retell-llm:llm_1", undefined, options);
    expect(first.body).toMatchObject({ definitions: [{ definitionId: ID }], nextCursor: "a b&c" });
    expect(first.body.definitions[0]?.text).toBe(stringifyJson(parseJson(text)));
    expect(first.body.definitions[0]?.text).toContain("12345678901234567890");

    const second = await provider.list("conversation-flow:f:1", first.body.nextCursor, options);
    expect(second.body).toEqual({ definitions: [] });
    expect(server.requests.map(({ path }) => path)).toEqual([
      "/v2/list-test-case-definitions?type=retell-llm&llm_id=llm_1&limit=100",
      "/v2/list-test-case-definitions?type=conversation-flow&conversation_flow_id=f%3A1&limit=100&pagination_key=a+b%26c",
    ]);
  });

  it("may be a bare array, which is complete", async () => {
    const { provider } = await retell(answering(200, `[${text}]`));
    const { body } = await provider.list("retell-llm:llm_1", undefined, options);
    expect(body.definitions.map(({ definitionId }) => definitionId)).toEqual([ID]);
    expect(body).not.toHaveProperty("nextCursor");
  });

  it.each([
    ["an HTML page", "<html></html>"],
    ["nothing", ""],
    ["no items", { has_more: false }],
    ["items that are no array", { items: {}, has_more: false }],
    ["no has_more", { items: [] }],
    ["a has_more that is not boolean", { items: [], has_more: "false" }],
    ["more pages without a key", { items: [], has_more: true }],
    ["more pages with an empty key", { items: [], has_more: true, pagination_key: "" }],
    ["a key that repeats", { items: [], has_more: true, pagination_key: "page-2" }],
    ["an item that is no object", { items: ["x"], has_more: false }],
    ["an item without an id", { items: [{ name: "n" }], has_more: false }],
    ["an array with an item without an id", [{ name: "n" }]],
  ])("is never taken for empty where the answer has %s", async (_, body) => {
    const { provider, server } = await retell(answering(200, body));
    const error = await failureOf(provider.list("retell-llm:llm_1", "page-2", options));
    expect(error).toMatchObject({ code: "malformed-answer" });
    expect(server.requests).toHaveLength(1);
  });

  it.each(["other:custom-llm", "retell-llm:", "retell-llm", "", "retell-llm:\ud800"])(
    "cannot be asked for of a scope that Retell does not list (%j)",
    async (scope) => {
      const { provider, server } = await retell(answering(200, []));
      expect(await failureOf(provider.list(scope, undefined, options))).toMatchObject({
        code: "invalid-request",
      });
      expect(server.requests).toHaveLength(0);
    },
  );
});

describe("the scopes", () => {
  it("are the engines of both kinds, each once on a page", async () => {
    const pages: Record<string, unknown> = {
      "/v2/list-retell-llms?limit=50": {
        items: [{ llm_id: "a", general_prompt: "secret" }, { llm_id: "b" }],
        has_more: true,
        pagination_key: "k",
      },
      "/v2/list-retell-llms?limit=50&pagination_key=k": { items: [{ llm_id: "b" }], has_more: false },
      "/v2/list-conversation-flows?limit=50": {
        items: [
          { conversation_flow_id: "a", version: 0 },
          { conversation_flow_id: "a", version: 1 },
        ],
        has_more: false,
      },
    };
    const { provider, server } = await retell(({ path }, response) => json(response, 200, pages[path]));
    expect(await scopesOf(provider)).toEqual([
      ["retell-llm:a", "retell-llm:b"],
      ["retell-llm:b"],
      ["conversation-flow:a"],
    ]);
    expect(server.requests).toHaveLength(3);
  });

  it.each([
    ["an engine without an id", () => ({ items: [{ version: 0 }], has_more: false })],
    ["missing items", () => ({ has_more: false })],
    [
      "keys that go round in a circle",
      (count: number) => ({ items: [], has_more: true, pagination_key: `k${count % 3}` }),
    ],
    ["keys without an end", (count: number) => ({ items: [], has_more: true, pagination_key: `k${count}` })],
  ])("are not taken from lists with %s", async (_, page) => {
    const { provider } = await retell((_request, response, count) => json(response, 200, page(count)));
    expect(await failureOf(scopesOf(provider))).toMatchObject({ code: "malformed-answer" });
  });
});

async function scopesOf(provider: Provider): Promise<(readonly string[])[]> {
  const pages: (readonly string[])[] = [];
  for await (const { body } of allPages((cursor) => provider.listScopes(cursor, options)))
    pages.push(body.scopes);
  return pages;
}
