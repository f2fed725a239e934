/** The official SDK as an independent client: what it understands is Retell's dialect. */
import Retell, {
  APIConnectionError,
  APIError,
  AuthenticationError,
  BadRequestError,
  ConflictError,
  InternalServerError,
  NotFoundError,
  PermissionDeniedError,
  RateLimitError,
  UnprocessableEntityError,
} from "retell-sdk";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { demoWorkspace } from "../../../infra/local/simulators/retell/demo-workspace.ts";
import {
  type RetellSimulator,
  startRetellSimulator,
} from "../../../infra/local/simulators/retell/start-retell-simulator.ts";

const llmId = "llm_4b7e19d0c2853fa6b1d97e40c35a";
const flowId = "conversation_flow_9d41e7b03c52";
const clinic = { type: "retell-llm", llm_id: llmId } as const;

const newCase = {
  name: "Asks for a callback",
  response_engine: { ...clinic, version: 0 },
  user_prompt: "You want to be called back at 555-0170.",
  metrics: ["The agent repeats the number."],
};

let simulator: RetellSimulator;
/** One attempt per call. */
let client: Retell;
/** With the SDK's own retries. */
let retryingClient: Retell;

beforeEach(async () => {
  simulator = await startRetellSimulator({
    seed: [demoWorkspace()],
    keys: {
      key_test: { workspace: "org_brightline", name: "CI" },
      key_reader: { workspace: "org_brightline", permissions: { testing: "read", agent: "none" } },
    },
  });
  client = new Retell({ apiKey: "key_test", baseURL: simulator.url, maxRetries: 0 });
  retryingClient = new Retell({ apiKey: "key_test", baseURL: simulator.url });
});

afterEach(() => simulator.close());

describe("test case definitions", () => {
  test("a created definition comes back by id as it was answered, with the server's members and defaults", async () => {
    const created = await client.tests.createTestCaseDefinition(newCase);
    expect(created).toMatchObject({
      ...newCase,
      type: "simulation",
      dynamic_variables: {},
      tool_mocks: [],
      llm_model: "gpt-4.1",
    });
    expect(created.test_case_definition_id).toMatch(/^test_case_[0-9a-f]{12}$/);
    expect(created.creation_timestamp).toBe(created.user_modified_timestamp);
    expect(await client.tests.getTestCaseDefinition(created.test_case_definition_id)).toEqual(created);
    expect(simulator.workspace.requests({ method: "POST" })).toMatchObject([
      { status: 201, applied: true, retryCount: 0 },
    ]);
  });

  test("a list in pages gives every definition of the engine once, and no key on the last page", async () => {
    const ids: string[] = [];
    const sizes: number[] = [];
    let key: string | undefined;
    do {
      const page = await client.tests.listTestCaseDefinitions({
        ...clinic,
        limit: 3,
        ...(key === undefined ? {} : { pagination_key: key }),
      });
      ids.push(...page.items.map((item) => item.test_case_definition_id));
      sizes.push(page.items.length);
      key = page.pagination_key;
      expect(page.has_more).toBe(key !== undefined);
    } while (key !== undefined);
    expect(sizes).toEqual([3, 3, 1]);
    const stored = demoWorkspace().definitions?.filter(
      ({ response_engine: engine }) => "llm_id" in Object(engine),
    );
    expect(ids.toSorted()).toEqual(stored?.map(({ test_case_definition_id: id }) => id).toSorted());
  });

  test("a flow's definitions are listed by the flow's id", async () => {
    const flow = { type: "conversation-flow", conversation_flow_id: flowId } as const;
    const page = await client.tests.listTestCaseDefinitions(flow);
    expect(page.items).toHaveLength(5);
    expect(page.has_more).toBe(false);
  });

  test("a complete update changes what was sent, keeps id and creation time, advances the timestamp", async () => {
    const before = await client.tests.getTestCaseDefinition("test_case_0096626d5af9");
    const updated = await client.tests.updateTestCaseDefinition("test_case_0096626d5af9", {
      name: "Renamed",
      response_engine: before.response_engine,
      user_prompt: before.user_prompt,
      metrics: before.metrics,
      dynamic_variables: before.dynamic_variables,
      tool_mocks: before.tool_mocks,
      llm_model: before.llm_model,
    });
    expect(updated).toEqual({
      ...before,
      name: "Renamed",
      user_modified_timestamp: updated.user_modified_timestamp,
    });
    expect(updated.user_modified_timestamp).toBeGreaterThan(before.user_modified_timestamp);
  });

  test("a deleted definition is gone from GET and from the list", async () => {
    await client.tests.deleteTestCaseDefinition("test_case_ad5eaf5bdbf1");
    await expect(client.tests.getTestCaseDefinition("test_case_ad5eaf5bdbf1")).rejects.toThrow(NotFoundError);
    const { items } = await client.tests.listTestCaseDefinitions(clinic);
    expect(items).toHaveLength(6);
    expect(simulator.workspace.requests({ method: "DELETE" })).toMatchObject([{ status: 204 }]);
  });
});

describe("engines, agents and the key", () => {
  test("both engine lists give their engines and can be read page by page", async () => {
    const llms = await client.llm.list({ limit: 100 });
    expect(llms.items?.map(({ llm_id }) => llm_id)).toEqual([llmId]);
    expect(llms.has_more).toBe(false);
    const flows = await client.conversationFlow.list({ sort_order: "ascending" });
    expect(flows.items?.map(({ conversation_flow_id }) => conversation_flow_id)).toEqual([flowId]);
    expect(await client.llm.retrieve(llmId)).toMatchObject({ llm_id: llmId, version: 3 });
    expect(await client.conversationFlow.retrieve(flowId, { version: 0 })).toMatchObject({ version: 0 });
  });

  test("an agent leads to its engine", async () => {
    const { items = [] } = await client.agent.list({ limit: 1 });
    const agent = await client.agent.retrieve(items[0]?.agent_id ?? "");
    expect(agent.response_engine).toMatchObject({ type: "conversation-flow", conversation_flow_id: flowId });
  });

  test("the key names its workspace", async () => {
    expect(await client.identity.retrieve()).toEqual({
      org_name: "Brightline Voice (demo)",
      api_key_name: "CI",
    });
  });
});

describe("errors", () => {
  test("each refusal has its documented status, class and body", async () => {
    const { tests } = client;
    const wrongKey = new Retell({ apiKey: "key_wrong", baseURL: simulator.url, maxRetries: 0 });
    const reader = new Retell({ apiKey: "key_reader", baseURL: simulator.url, maxRetries: 0 });
    const unknownEngine = { type: "retell-llm", llm_id: "llm_unknown" } as const;
    await expectApiError(tests.listTestCaseDefinitions({ type: "retell-llm" }), 400, BadRequestError);
    await expectApiError(wrongKey.identity.retrieve(), 401, AuthenticationError);
    await expectApiError(reader.llm.list(), 403, PermissionDeniedError);
    await expectApiError(reader.tests.createTestCaseDefinition(newCase), 403, PermissionDeniedError);
    await expectApiError(tests.getTestCaseDefinition("test_case_000000000000"), 404, NotFoundError);
    await expectApiError(client.llm.retrieve("llm_unknown"), 422, UnprocessableEntityError);
    await expectApiError(
      tests.createTestCaseDefinition({ ...newCase, response_engine: unknownEngine }),
      422,
      UnprocessableEntityError,
    );
    simulator.workspace.setSwitches({ duplicateNames: 409 });
    await tests.createTestCaseDefinition(newCase);
    await expectApiError(tests.createTestCaseDefinition(newCase), 409, ConflictError);
    simulator.workspace.setSwitches({ trialEnded: true });
    await expectApiError(tests.createTestCaseDefinition(newCase), 402, APIError);
    simulator.workspace.addFault({ apply: "never", answer: { status: 500 } });
    await expectApiError(tests.listTestCaseDefinitions(clinic), 500, InternalServerError);
  });

  test("a call that would run tests is no route, and a PATCH is a 404", async () => {
    await expectApiError(
      client.tests.createBatchTest({ test_case_definition_ids: ["test_case_x"], response_engine: clinic }),
      404,
      NotFoundError,
    );
    await expectApiError(
      client.patch("/update-test-case-definition/test_case_0096626d5af9"),
      404,
      NotFoundError,
    );
  });

  test("a reset is a connection error, and without retries it stays one request", async () => {
    simulator.workspace.addFault({ match: { method: "POST" }, answer: "reset" });
    await expect(client.tests.createTestCaseDefinition(newCase)).rejects.toThrow(APIConnectionError);
    expect(simulator.workspace.requests({ method: "POST" })).toMatchObject([
      { applied: true, delivery: "reset" },
    ]);
  });
});

describe("retries of the SDK, as the request log shows them", () => {
  test("a 429 with retry-after-ms is tried again until it is admitted", async () => {
    const answer = { status: 429, headers: { "retry-after-ms": "20" } };
    simulator.workspace.addFault({ match: { method: "GET", times: 2 }, apply: "never", answer });
    await retryingClient.tests.listTestCaseDefinitions(clinic);
    expect(simulator.workspace.requests().map(({ status, retryCount }) => [status, retryCount])).toEqual([
      [429, 0],
      [429, 1],
      [200, 2],
    ]);
  });

  test("without retries a 429 reaches the caller with the server's headers", async () => {
    simulator.workspace.setSwitches({
      rateLimit: { kind: "fixed-window", limit: 1, windowMs: 3_600_000 },
      retryAfter: "seconds",
    });
    await client.identity.retrieve();
    const error = await failureOf(client.identity.retrieve());
    expect(error).toBeInstanceOf(RateLimitError);
    expect(Number((error as RateLimitError).headers?.get("retry-after"))).toBeGreaterThan(0);
    expect(simulator.workspace.requests()).toMatchObject([{ status: 200 }, { status: 429 }]);
  });

  test("a create whose answers are lost leaves three copies", async () => {
    simulator.workspace.addFault({
      match: { method: "POST", times: 3 },
      answer: { status: 502, html: true },
    });
    await expect(retryingClient.tests.createTestCaseDefinition(newCase)).rejects.toThrow(InternalServerError);
    const copies = simulator.workspace.definitions().filter(({ name }) => name === newCase.name);
    expect(copies).toHaveLength(3);
  });
});

async function expectApiError(
  call: Promise<unknown>,
  status: number,
  kind: new (...args: never[]) => Error,
): Promise<void> {
  const error = await failureOf(call);
  expect(error).toBeInstanceOf(kind);
  expect(error).toMatchObject({ status, error: { status: "error", message: expect.any(String) } });
}

async function failureOf(call: Promise<unknown>): Promise<unknown> {
  return call.then(
    () => undefined,
    (reason: unknown) => reason,
  );
}
