import { describe, expect, it } from "vitest";
import { parseJson, stringifyJson } from "../../../shared/platform/json.ts";
import { failureOf } from "./provider-call-context.ts";
import { ID, retell, text } from "./retell-context.ts";
import { answering, options } from "./scripted-provider.ts";

describe("a single definition", () => {
  it("is read as it came, with its timestamps", async () => {
    const { provider, server } = await retell(answering(200, text));
    const { body } = await provider.get(ID, options);
    expect(body).toEqual({
      definitionId: ID,
      text,
      value: parseJson(text),
      modified: { raw: 1761074796123, at: 1761074796123 },
      created: { raw: 1761074675536, at: 1761074675536 },
      deleted: false,
    });
    expect(server.requests).toMatchObject([{ method: "GET", path: `/get-test-case-definition/${ID}` }]);
  });

  it.each([
    ["absent", {}],
    ["null", { user_modified_timestamp: null }],
    ["a text", { user_modified_timestamp: "1761074796123" }],
    ["a fraction", { user_modified_timestamp: 1761074796123.5 }],
    ["negative", { user_modified_timestamp: -1 }],
    ["beyond every date", { user_modified_timestamp: 8.64e15 + 1 }],
  ])("has no modification time where it is %s", async (_, timestamps) => {
    const { provider } = await retell(answering(200, { test_case_definition_id: ID, ...timestamps }));
    expect((await provider.get(ID, options)).body).not.toHaveProperty("modified");
  });

  it("is created by a POST of exactly what was given", async () => {
    const { provider, server } = await retell(answering(201, text));
    const body = parseJson('{"name":"n","metrics":[],"response_engine":{"version":3.0}}') as never;
    expect(await provider.create(body, options)).toMatchObject({
      body: { definitionId: ID },
      receipt: { status: 201 },
    });
    expect(server.requests).toMatchObject([
      { method: "POST", path: "/create-test-case-definition", body: stringifyJson(body) },
    ]);
  });

  it("is updated by one PUT", async () => {
    const { provider, server } = await retell(answering(200, text));
    await provider.update(ID, { name: "n" }, options);
    expect(server.requests).toMatchObject([
      { method: "PUT", path: `/update-test-case-definition/${ID}`, body: '{"name":"n"}' },
    ]);
  });

  it.each([200, 204])("is deleted by one DELETE without a body (%i)", async (status) => {
    const { provider, server } = await retell((_, response) => response.writeHead(status).end());
    expect(await provider.delete(ID, options)).toMatchObject({ body: undefined, receipt: { status } });
    expect(server.requests).toMatchObject([
      { method: "DELETE", path: `/delete-test-case-definition/${ID}`, body: "" },
    ]);
  });

  it("is not taken for deleted because a proxy answers 200 with a page", async () => {
    const { provider } = await retell((_, response) => response.writeHead(200).end("<html>Welcome</html>"));
    expect(await failureOf(provider.delete(ID, options))).toMatchObject({
      code: "malformed-answer",
      effect: "unknown",
    });
  });

  it("is asked for by its percent-encoded id", async () => {
    const id = "a/b c?ü%2e";
    const { provider, server } = await retell(answering(200, { test_case_definition_id: id }));
    await provider.get(id, options);
    expect(server.requests[0]?.path).toBe("/get-test-case-definition/a%2Fb%20c%3F%C3%BC%252e");
  });

  it.each(["", ".", "..", "\ud800"])("is not asked for by an id that no path can hold (%j)", async (id) => {
    const { provider, server } = await retell(answering(200, text));
    for (const call of [
      provider.get(id, options),
      provider.update(id, {}, options),
      provider.delete(id, options),
    ]) {
      expect(await failureOf(call)).toMatchObject({ code: "invalid-request", effect: "none" });
    }
    expect(server.requests).toHaveLength(0);
  });

  const malformed: [string, string, string | undefined][] = [
    ["an HTML page", "<html>ok</html>", undefined],
    ["nothing", "", undefined],
    ["null", "null", undefined],
    ["an array", `[${text}]`, ID],
    ["no id", '{"name":"n"}', undefined],
    ["an empty id", '{"test_case_definition_id":""}', undefined],
    ["an id that is not text", '{"test_case_definition_id":7}', undefined],
    ["JSON that is cut short", text.slice(0, 80), ID],
    [
      "an id in a customer's variables",
      '{"dynamic_variables":{"test_case_definition_id":"x"},"na',
      undefined,
    ],
    [
      "the own id after one in a customer's variables",
      `{"dynamic_variables":{"test_case_definition_id":"x"},"test_case_definition_id":"${ID}","na`,
      ID,
    ],
    [
      "an id in a prompt that is cut short",
      '{"user_prompt":"{\\"test_case_definition_id\\": \\"x\\"',
      undefined,
    ],
    ["an id only inside a prompt", '{"user_prompt":"{\\"test_case_definition_id\\": \\"x\\"}"}', undefined],
  ];
  it.each(malformed)("is not taken from %s", async (_, body, definitionId) => {
    const { provider, server } = await retell(answering(200, body));
    const calls = [() => provider.get(ID, options), () => provider.create({}, options)];
    for (const call of [...calls, () => provider.update(ID, {}, options)]) {
      const error = await failureOf(call());
      expect(error).toMatchObject({ code: "malformed-answer", effect: "unknown", status: 200 });
      expect(error.definitionId).toBe(definitionId);
    }
    expect(server.requests).toHaveLength(3);
  });

  it("is not taken from an answer about another one", async () => {
    const { provider } = await retell(answering(200, { test_case_definition_id: "test_case_other" }));
    for (const call of [provider.get(ID, options), provider.update(ID, {}, options)]) {
      expect(await failureOf(call)).toMatchObject({
        code: "malformed-answer",
        effect: "unknown",
        definitionId: "test_case_other",
      });
    }
  });
});

describe("the key check", () => {
  it.each([
    [{ org_name: "Acme", api_key_name: null }, "Acme"],
    [{ api_key_name: "k" }, undefined],
    [{ org_name: "" }, undefined],
  ])("names the workspace of %j", async (info, workspace) => {
    const { provider, server } = await retell(answering(200, info));
    expect((await provider.checkKey(options)).body).toEqual({ workspace });
    expect(server.requests).toMatchObject([{ method: "GET", path: "/get-api-key-info" }]);
  });

  it("fails on an answer that is no object", async () => {
    const { provider } = await retell(answering(200, "[]"));
    expect(await failureOf(provider.checkKey(options))).toMatchObject({ code: "malformed-answer" });
  });

  it("says that the key is refused", async () => {
    const { provider } = await retell(answering(401, { message: "API key is missing or invalid." }));
    expect(await failureOf(provider.checkKey(options))).toMatchObject({
      code: "key-refused",
      effect: "none",
      providerMessage: "API key is missing or invalid.",
    });
  });
});
