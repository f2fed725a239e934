import { describe, expect, it } from "vitest";
import { MAX_REQUEST_BYTES } from "../../../shared/change-request/submission/parse-change-request.ts";
import {
  isolatedApi,
  oneConnection,
  request,
  requestsInMemory,
  twoConnections,
} from "../../support/isolated-api.ts";

const definition = {
  name: "Refund",
  response_engine: { type: "retell-llm", llm_id: "llm_1" },
  user_prompt: "p",
  metrics: [],
  dynamic_variables: {},
  tool_mocks: [],
};
const edit = { requestId: "edit-1", operation: "update", definitionId: "case_1", patch: { metrics: ["a"] } };
const create = { requestId: "edit-1", operation: "create", definition };
const without = (object: object, member: string) =>
  Object.fromEntries(Object.entries(object).filter(([name]) => name !== member));
const text = (value: unknown) => JSON.stringify(value);
const nested = (depth: number) => `${'{"a":'.repeat(depth)}1${"}".repeat(depth)}`;

type Case = readonly [
  what: string,
  body: string | Uint8Array<ArrayBuffer>,
  status: number,
  code: string,
  pointers: string[],
];

const cases: readonly Case[] = [
  ["no body", "", 400, "not-json", [""]],
  ["no JSON", "{requestId: 1}", 400, "not-json", [""]],
  ["cut JSON", text(edit).slice(0, -1), 400, "not-json", [""]],
  ["JSON of another kind", "[]", 400, "not-json", [""]],
  ["null", "null", 400, "not-json", [""]],
  ["bytes that are no UTF-8", new Uint8Array([0x7b, 0xff, 0x7d]), 400, "not-json", [""]],
  ["an empty object", "{}", 400, "invalid-request", ["/requestId", "/operation"]],
  ["a request id of the wrong type", text({ ...edit, requestId: 7 }), 400, "invalid-request", ["/requestId"]],
  ["a request id with a space", text({ ...edit, requestId: "a b" }), 400, "invalid-request", ["/requestId"]],
  [
    "a request id that is too long",
    text({ ...edit, requestId: "x".repeat(129) }),
    400,
    "invalid-request",
    ["/requestId"],
  ],
  ["no request id", text(without(edit, "requestId")), 400, "invalid-request", ["/requestId"]],
  ["no definition id", text(without(edit, "definitionId")), 400, "invalid-request", ["/definitionId"]],
  ["an empty definition id", text({ ...edit, definitionId: "" }), 400, "invalid-request", ["/definitionId"]],
  ["an unknown operation", text({ ...edit, operation: "upsert" }), 400, "invalid-request", ["/operation"]],
  [
    "an inherited name as operation",
    text({ ...edit, operation: "constructor" }),
    400,
    "invalid-request",
    ["/operation"],
  ],
  ["an unknown top-level field", text({ ...edit, reson: "typo" }), 400, "invalid-request", ["/reson"]],
  ["a field of another operation", text({ ...edit, definition }), 400, "invalid-request", ["/definition"]],
  [
    "several faults at once",
    text({ ...edit, actor: 1, reason: "x".repeat(2_001), patch: "p" }),
    400,
    "invalid-request",
    ["/patch", "/actor", "/reason"],
  ],
  [
    "an unknown version of the format",
    text({ ...edit, specversion: "2" }),
    400,
    "invalid-request",
    ["/specversion"],
  ],
  ["an unknown connection", text({ ...edit, connection: "tela" }), 400, "invalid-request", ["/connection"]],
  [
    "a connection of the wrong type",
    text({ ...edit, connection: 1 }),
    400,
    "invalid-request",
    ["/connection"],
  ],
  [
    "an unknown expectation",
    text({ ...edit, expect: { etag: 1 } }),
    400,
    "invalid-request",
    ["/expect/etag"],
  ],
  [
    "an expected version that is none",
    text({ ...edit, expect: { version: 1.5 } }),
    400,
    "invalid-request",
    ["/expect/version"],
  ],
  [
    "an expectation of a create",
    text({ ...create, expect: { version: 1 } }),
    400,
    "invalid-request",
    ["/expect"],
  ],
  [
    "more than the queue takes",
    text({ ...edit, patch: { user_prompt: "x".repeat(MAX_REQUEST_BYTES) } }),
    413,
    "too-large",
    [""],
  ],
  [
    "a request that nests too deeply",
    text({ ...edit, patch: 0 }).replace('"patch":0', `"patch":${nested(80)}`),
    400,
    "invalid-request",
    [`/patch${"/a".repeat(64)}`],
  ],
  ["JSON that nests without end", nested(100_000), 400, "not-json", [""]],
  [
    "a member called __proto__",
    text(edit).replace('"metrics"', '"__proto__"'),
    400,
    "invalid-request",
    ["/patch/__proto__"],
  ],
  [
    "__proto__ at the top",
    text(edit).replace("{", '{"__proto__":{"operation":"delete"},'),
    400,
    "invalid-request",
    ["/__proto__"],
  ],
  [
    "half of a character",
    text(edit).replace('["a"]', '["\\ud800"]'),
    400,
    "invalid-request",
    ["/patch/metrics/0"],
  ],
  ["a raw U+FFFD", text(edit).replace('["a"]', '["\ufffd"]'), 400, "invalid-request", [""]],
  [
    "a patch of bookkeeping",
    text({ ...edit, patch: { user_modified_timestamp: 1 } }),
    400,
    "invalid-request",
    ["/patch/user_modified_timestamp"],
  ],
  [
    "a malformed JSON Patch",
    text({ ...edit, patch: [{ op: "put", path: "/name" }] }),
    400,
    "invalid-request",
    ["/patch/0/op"],
  ],
  [
    "a definition of another provider",
    text({ ...create, definition: { title: "t", input: {} } }),
    400,
    "invalid-request",
    ["/definition/name", "/definition/response_engine"],
  ],
  [
    "an engine that cannot have test cases",
    text({ ...create, definition: { ...definition, response_engine: { type: "custom-llm", llm_id: "l" } } }),
    400,
    "invalid-request",
    ["/definition/response_engine/type"],
  ],
  [
    "an output of more than 15 000 characters",
    text({
      ...create,
      definition: {
        ...definition,
        tool_mocks: [{ tool_name: "t", input_match_rule: { type: "any" }, output: "x".repeat(15_001) }],
      },
    }),
    400,
    "invalid-request",
    ["/definition/tool_mocks/0/output"],
  ],
  [
    "a replace that leaves out tool_mocks",
    text({
      ...create,
      operation: "replace",
      definitionId: "case_1",
      definition: without(definition, "tool_mocks"),
    }),
    400,
    "invalid-request",
    ["/definition/tool_mocks"],
  ],
];

describe("a change request with", () => {
  it.each(cases)("%s is refused, and nothing is recorded", async (_what, body, status, code, pointers) => {
    // No store and no queue: neither may be touched.
    const answer = await request(isolatedApi(), "POST", "/change-requests", { body });
    expect(answer).toMatchObject({ status, body: { status, code } });
    const named = (answer.body["errors"] as { pointer: string }[]).map(({ pointer }) => pointer);
    expect(named).toEqual(expect.arrayContaining(pointers));
  });

  it("values of customers in faulty places gets an answer that does not quote them", async () => {
    const secret = "my mother's maiden name";
    const body = text({ ...edit, actor: [secret], patch: secret, expect: { contentHash: secret } });
    const answer = await request(isolatedApi(), "POST", "/change-requests", { body });
    expect(answer.status).toBe(400);
    expect(JSON.stringify(answer.body)).not.toContain("maiden");
  });

  it("no connection is refused where there are several", async () => {
    const api = isolatedApi({ connections: twoConnections });
    expect(await request(api, "POST", "/change-requests", { body: text(edit) })).toMatchObject({
      status: 400,
      body: { errors: [{ pointer: "/connection", message: "is required: there are several" }] },
    });
  });

  it("any of the connections goes to that one", async () => {
    const groups: string[] = [];
    const send = async ({ groupId }: { groupId: string }) => {
      groups.push(groupId);
      return { sent: true } as const;
    };
    const api = isolatedApi({ connections: twoConnections, requests: requestsInMemory(), queue: { send } });
    const body = text({ ...edit, connection: "retell-eu" });
    expect(await request(api, "POST", "/change-requests", { body })).toMatchObject({
      status: 202,
      body: { connection: "retell-eu" },
    });
    expect(groups).toEqual(["retell-eu#case_1"]);
  });

  it.each([
    ["Idempotency-Key", "a b", "/Idempotency-Key"],
    ["Idempotency-Key", "", "/Idempotency-Key"],
    ["Idempotency-Key", "edit-2", "/requestId"],
    ["If-Match", "12", "/If-Match"],
    ["If-Match", 'W/"12"', "/If-Match"],
    ["If-Match", "*", "/If-Match"],
    ["If-Match", '"3"', "/expect/version"],
  ])("the header %s: %s is refused", async (name, value, pointer) => {
    const body = text({ ...edit, expect: { version: 2 } });
    const answer = await request(isolatedApi(), "POST", "/change-requests", {
      body,
      headers: { [name]: value },
    });
    expect(answer).toMatchObject({ status: 400, body: { errors: [{ pointer }] } });
  });

  it.each([
    ["application/x-www-form-urlencoded", 415],
    ["text/plain", 415],
    ["application/json; charset=utf-8", 202],
    ["application/merge-patch+json", 202],
    ["APPLICATION/JSON", 202],
  ])("the content type %s is answered with %i", async (type, status) => {
    const api = isolatedApi({ requests: requestsInMemory(), queue: { send: async () => ({ sent: true }) } });
    const answer = await request(api, "POST", "/change-requests", {
      body: text(edit),
      headers: { "content-type": type },
    });
    expect(answer.status).toBe(status);
  });
});

describe("a query with", () => {
  const definitions = "/connections/retell/definitions";
  it.each([
    [`${definitions}?limit=0`, "/limit"],
    [`${definitions}?limit=201`, "/limit"],
    [`${definitions}?limit=1e2`, "/limit"],
    [`${definitions}?limit=-1`, "/limit"],
    [`${definitions}?limit=`, "/limit"],
    [`${definitions}?limit=10&limit=10`, "/limit"],
    [`${definitions}?cursor=`, "/cursor"],
    [`${definitions}?cursor=abc`, "/cursor"],
    [`${definitions}?cursor=${Buffer.from('["versions",3]').toString("base64url")}`, "/cursor"],
    [`${definitions}?cursor=${Buffer.from('["definitions",3]').toString("base64url")}`, "/cursor"],
    [`${definitions}?deleted=yes`, "/deleted"],
    [`${definitions}?name=`, "/name"],
    [`${definitions}?scope=`, "/scope"],
    [`${definitions}?Scope=x`, "/Scope"],
    [`${definitions}?__proto__=x`, "/__proto__"],
    [`${definitions}/case_1?asOf=yesterday`, "/asOf"],
    [`${definitions}/case_1?asOf=2026-02-30T00:00:00Z`, "/asOf"],
    [`${definitions}/case_1?knownAt=2026-01-01`, "/knownAt"],
    [`${definitions}/case_1/versions?limit=201`, "/limit"],
    [
      `${definitions}/case_1/versions?cursor=${Buffer.from('["versions",0]').toString("base64url")}`,
      "/cursor",
    ],
    [`${definitions}/case_1/diff?from=1`, "/to"],
    [`${definitions}/case_1/verify?from=0`, "/from"],
    ["/change-requests?status=done", "/status"],
    ["/change-requests?status=constructor", "/status"],
    ["/change-requests?connection=tela", "/connection"],
    [
      `/change-requests?cursor=${Buffer.from('["change-requests",{"connection":"retell","requestId":"a","queuedAt":1e17}]').toString("base64url")}`,
      "/cursor",
    ],
    ["/change-requests/edit-1?wait=21", "/wait"],
    ["/change-requests/edit-1?wait=-1", "/wait"],
    ["/change-requests/edit-1?wait=soon", "/wait"],
    ["/change-requests/edit-1?connection=tela", "/connection"],
    ["/connections?limit=x", "/limit"],
    ["/audit?source=dashboard", "/source"],
    ["/audit?changeType=constructor", "/changeType"],
    ["/audit?connection=tela", "/connection"],
    ["/audit?from=yesterday", "/from"],
    ["/audit?to=2026-01-01", "/to"],
    ["/audit?from=2026-02-01T00:00:00Z&to=2026-01-01T00:00:00Z", "/from"],
    ["/audit?actor=", "/actor"],
    ["/audit?cursor=x", "/cursor"],
    [
      `/audit?cursor=${Buffer.from(JSON.stringify(["audit", { to: 1, after: "x".repeat(1_025) }])).toString("base64url")}`,
      "/cursor",
    ],
    [`/connections?cursor=${Buffer.from('["versions",3]').toString("base64url")}`, "/cursor"],
  ])("%s is refused", async (path, pointer) => {
    const answer = await request(isolatedApi({ connections: oneConnection }), "GET", path, {
      role: "reader",
    });
    expect(answer).toMatchObject({ status: 400, body: { code: "invalid-request", errors: [{ pointer }] } });
  });
});

it.each([
  "/change-requests",
  "/reconciliations",
  "/reconciliations/run-1/confirm",
  "/connections/retell/pause",
])("a body that is too large is refused as just that (%s)", async (path) => {
  const answer = await request(isolatedApi(), "POST", path, { body: "x".repeat(MAX_REQUEST_BYTES + 1) });
  expect(answer).toMatchObject({
    status: 413,
    body: {
      code: "too-large",
      title: "The body is too large",
      detail: "The body must have at most 1032192 bytes; it has 1032193",
      errors: [{ pointer: "" }],
    },
  });
});
