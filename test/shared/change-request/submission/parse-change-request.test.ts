import { describe, expect, it } from "vitest";
import { MAX_ID_BYTES } from "../../../../shared/change-request/change-request.ts";
import {
  MAX_REQUEST_BYTES,
  parseChangeRequest,
} from "../../../../shared/change-request/submission/parse-change-request.ts";
import { parseConnections } from "../../../../shared/platform/config.ts";
import { dialectFor } from "../../../../shared/providers/dialect-for-connection.ts";

const [connection] = parseConnections([
  { id: "retell", provider: "retell", baseUrl: "https://api.retellai.com" },
]);
if (connection === undefined) throw new Error("no connection");
const dialect = dialectFor(connection);

const parse = (body: unknown, options: { text?: string } = {}) =>
  parseChangeRequest(options.text ?? JSON.stringify(body), {
    connection: "retell",
    otherConnection: "wrong-queue",
    dialectOf: (id) => (id === "retell" ? dialect : undefined),
  });

const update = {
  requestId: "edit-1",
  operation: "update",
  definitionId: "test_case_0096626d5af9",
  patch: { metrics: ["The agent confirms the order number"] },
};

const definition = {
  name: "Refund",
  response_engine: { type: "retell-llm", llm_id: "llm_1", version: 0 },
  user_prompt: "You want your money back.",
  metrics: ["The agent offers a refund"],
  dynamic_variables: {},
  tool_mocks: [],
};

const pointersOf = (body: unknown, options = {}) => {
  const parsed = parse(body, options);
  return parsed.valid ? "valid" : parsed.faults.map(({ pointer }) => pointer);
};

describe("a valid change request", () => {
  it.each([
    ["a merge patch", update],
    ["a JSON patch", { ...update, patch: [{ op: "replace", path: "/metrics/0", value: "x" }] }],
    ["an empty patch", { ...update, patch: {} }],
    [
      "all optional fields",
      { ...update, specversion: "1", actor: "ana", reason: "r", reference: "QA-1", expect: { version: 3 } },
    ],
    [
      "an expectation of the raw timestamp",
      { ...update, expect: { modifiedTimestamp: "2026-11-21T10:00:00Z" } },
    ],
    [
      "a create with members that only the provider knows",
      { requestId: "c", operation: "create", definition: { ...definition, beta: { x: [1] } } },
    ],
    ["a replace without llm_model", { ...update, patch: undefined, operation: "replace", definition }],
    ["a delete", { requestId: "d", operation: "delete", definitionId: "test_case_1" }],
    ["an id with unusual characters", { ...update, definitionId: "a/b c#é" }],
  ])("may be %s", (_what, body) => {
    expect(pointersOf(body)).toBe("valid");
  });

  it("has the same fingerprint however its members are ordered and its connection is spelled", () => {
    const one = parse(update);
    const other = parse({ connection: "retell", ...Object.fromEntries(Object.entries(update).reverse()) });
    expect(one.fingerprint).toBe(other.fingerprint);
    expect(parse({ ...update, reason: "other" }).fingerprint).not.toBe(one.fingerprint);
  });

  it("keeps the text of the definition's numbers, and reads its own as numbers", () => {
    const parsed = parse(undefined, {
      text: '{"requestId":"r","operation":"update","definitionId":"d","patch":{"x":1.0},"expect":{"version":2.0}}',
    });
    if (!parsed.valid || parsed.request.operation !== "update") throw new Error("not valid");
    expect(JSON.stringify(parsed.request.patch)).toBe('{"x":1.0}');
    expect(parsed.request.expect?.version).toBe(2);
  });
});

describe("an invalid change request names every fault by its pointer", () => {
  const deep = (levels: number): unknown => (levels === 0 ? 1 : { a: deep(levels - 1) });
  it.each([
    ["no operation", { ...update, operation: undefined }, ["/operation"]],
    ["an unknown operation", { ...update, operation: "upsert" }, ["/operation"]],
    ["no request id", { ...update, requestId: undefined }, ["/requestId"]],
    ["a request id with a space", { ...update, requestId: "a b" }, ["/requestId"]],
    ["no definition id", { ...update, definitionId: undefined }, ["/definitionId"]],
    ["an unknown top-level field", { ...update, pach: {} }, ["/pach"]],
    ["a field of another operation", { ...update, definition: {} }, ["/definition"]],
    [
      "an expectation on a create",
      { requestId: "c", operation: "create", definition, expect: {} },
      ["/expect"],
    ],
    ["an unknown expectation", { ...update, expect: { etag: "1" } }, ["/expect/etag"]],
    ["a wrong type", { ...update, reason: 7 }, ["/reason"]],
    ["a reason that is too long", { ...update, reason: "x".repeat(2_001) }, ["/reason"]],
    ["a patch of text", { ...update, patch: "x" }, ["/patch"]],
    [
      "a patch of bookkeeping",
      { ...update, patch: { user_modified_timestamp: 1 } },
      ["/patch/user_modified_timestamp"],
    ],
    [
      "a JSON patch from bookkeeping",
      { ...update, patch: [{ op: "copy", from: "/type", path: "/name" }] },
      ["/patch/0/from"],
    ],
    ["a malformed JSON patch", { ...update, patch: [{ op: "add", path: "/x" }] }, ["/patch/0/value"]],
    [
      "a member called __proto__",
      { ...update, patch: JSON.parse('{"a":{"__proto__":1}}') },
      ["/patch/a/__proto__"],
    ],
    ["half of a character", { ...update, patch: { name: "\ud800" } }, ["/patch/name"]],
    [
      "a custom engine",
      {
        requestId: "c",
        operation: "create",
        definition: { ...definition, response_engine: { type: "custom-llm" } },
      },
      ["/definition/response_engine/type"],
    ],
    [
      "a replace that leaves out tool_mocks",
      {
        ...update,
        patch: undefined,
        operation: "replace",
        definition: { ...definition, tool_mocks: undefined },
      },
      ["/definition/tool_mocks"],
    ],
    [
      "an output over 15 000 characters",
      {
        requestId: "c",
        operation: "create",
        definition: {
          ...definition,
          tool_mocks: [{ tool_name: "t", input_match_rule: { type: "any" }, output: "x".repeat(15_001) }],
        },
      },
      ["/definition/tool_mocks/0/output"],
    ],
    [
      "an output over 15 000 characters in a merge patch",
      {
        ...update,
        patch: {
          tool_mocks: [{ tool_name: "t", input_match_rule: { type: "any" }, output: "x".repeat(15_001) }],
        },
      },
      ["/patch/tool_mocks/0/output"],
    ],
    [
      "a merge patch that removes a required member",
      { ...update, patch: { metrics: null } },
      ["/patch/metrics"],
    ],
    [
      "a merge patch of a wrong type",
      { ...update, patch: { name: 7, response_engine: "x" } },
      ["/patch/name", "/patch/response_engine"],
    ],
    ["several at once", { ...update, requestId: "", actor: 1, extra: 1 }, ["/requestId", "/actor", "/extra"]],
  ])("%s", (_what, body, pointers) => {
    expect(pointersOf(body)).toEqual(pointers);
  });

  it.each([
    [{ ...update, reason: 7 }, "must be a string"],
    [{ ...update, definitionId: undefined }, "is required"],
    [{ ...update, pach: {} }, 'is not a field of "update" requests'],
    [{ ...update, expect: { version: "1" } }, "must be a number"],
    [{ ...update, specversion: "2" }, 'must be "1"'],
  ])("says what would be right: %#", (body, message) => {
    const parsed = parse(body);
    expect(parsed.valid ? [] : parsed.faults.map((fault) => fault.message)).toEqual([message]);
  });

  it("nesting deeper than 64 levels, once", () => {
    expect(pointersOf({ ...update, patch: deep(80) })).toHaveLength(1);
    expect(pointersOf({ ...update, patch: deep(50) })).toBe("valid");
  });

  it("a definition of another provider", () => {
    const tela = { title: "Case", messages: [], variablesRichContent: {}, promptId: "p" };
    expect(pointersOf({ requestId: "c", operation: "create", definition: tela })).toEqual(
      expect.arrayContaining([
        "/definition/name",
        "/definition/response_engine",
        "/definition/user_prompt",
        "/definition/metrics",
      ]),
    );
  });

  it("a raw U+FFFD, which an escaped one is not", () => {
    expect(pointersOf({ ...update, reason: "\ufffd" })).toEqual([""]);
    expect(
      pointersOf(undefined, { text: JSON.stringify({ ...update, reason: "X" }).replace("X", "\\ufffd") }),
    ).toBe("valid");
  });

  it.each([
    ["not JSON", "{", "not-json"],
    ["a list", "[]", "not-json"],
    ["too large", JSON.stringify({ ...update, reason: "x".repeat(MAX_REQUEST_BYTES) }), "too-large"],
    ["another connection's", JSON.stringify({ ...update, connection: "other" }), "wrong-queue"],
  ])("%s is a reason of its own", (_what, text, reason) => {
    expect(parse(undefined, { text })).toMatchObject({ valid: false, reason });
  });

  it("keeps the request id and operation that could be read", () => {
    expect(parse({ ...update, patch: 1 })).toMatchObject({
      requestId: "edit-1",
      operation: "update",
      definitionId: update.definitionId,
    });
  });

  it("never repeats what was sent", () => {
    const parsed = parse({ ...update, patch: "SECRET-PROMPT", reason: 7, SECRET: 1, definitionId: "" });
    expect(parsed.valid ? "" : parsed.faults.map(({ message }) => message).join()).not.toContain("SECRET");
  });
});

it("a create's scope has at most as many bytes as can be asked for", () => {
  const inScope = (llmId: string) => ({
    requestId: "c",
    operation: "create",
    definition: { ...definition, response_engine: { type: "retell-llm", llm_id: llmId } },
  });
  const most = MAX_ID_BYTES - "retell-llm:".length;
  expect(parse(inScope("x".repeat(most)))).toMatchObject({ valid: true });
  expect(parse(inScope("é".repeat(Math.ceil((most + 1) / 2))))).toMatchObject({
    valid: false,
    faults: [{ pointer: "/definition", message: "its scope's name has more than 512 bytes" }],
  });
});
