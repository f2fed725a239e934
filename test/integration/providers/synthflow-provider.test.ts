import { describe, expect, it } from "vitest";
import { type JsonObject, parseJson, stringifyJson } from "../../../shared/platform/json.ts";
import { failureOf } from "./provider-call-context.ts";
import { answering, options } from "./scripted-provider.ts";
import { json } from "./scripted-server.ts";
import { enveloped, ID, synthflow } from "./synthflow-context.ts";

/** A case as Synthflow writes it, with members and a number form that we do not know. */
const text = `{"simulation_case_id":"${ID}","name":"a\\u2028b","weight":1.0,"big":12345678901234567890,
  "base_agent":{"model_id":"m","updated_at":"2027-01-01T00:00:00Z","simulation_case_id":"other"},
  "created_at":"2026-10-01T08:00:00","updated_at":"2026-10-02T08:00:00.123456"}`;

/** All that a case is known by. */
const whole = {
  simulation_case_id: ID,
  suite_id: null,
  name: "n",
  prompt: "p",
  success_criteria: ["c"],
  call_success_type: "all",
  base_agent: null,
  updated_at: "2026-10-02T08:00:00",
};

describe("a single case", () => {
  it("is read out of its envelope as it came, with its own timestamps", async () => {
    const { provider, server } = await synthflow((_, response) =>
      json(response, 200, `{"status":"ok","response":${text}}`),
    );
    const { body } = await provider.get(ID, options);
    expect(body).toEqual({
      definitionId: ID,
      text: stringifyJson(parseJson(text)),
      value: parseJson(text),
      modified: { raw: "2026-10-02T08:00:00.123456", at: Date.parse("2026-10-02T08:00:00.123Z") },
      deleted: false,
    });
    expect(body.text).toContain('"weight":1.0,"big":12345678901234567890');
    expect(server.requests).toMatchObject([{ method: "GET", path: `/v2/simulation_cases/${ID}`, body: "" }]);
  });

  it.each([
    ["2026-10-02T08:00:00Z", "2026-10-02T08:00:00Z"],
    ["2026-10-02T08:00:00.123456+02:00", "2026-10-02T06:00:00.123Z"],
    ["2026-10-02T08:00:00.1", "2026-10-02T08:00:00.1Z"],
    ["2026-10-02 08:00:00.123456", "2026-10-02T08:00:00.123Z"],
  ])("was modified at the instant that %s names, UTC where no zone is named", async (updated_at, instant) => {
    const { provider } = await synthflow(answering(200, enveloped({ simulation_case_id: ID, updated_at })));
    const { modified } = (await provider.get(ID, options)).body;
    expect(modified).toEqual({ raw: updated_at, at: Date.parse(instant) });
  });

  it.each([
    ["2026-10-02T08:00:00Z", undefined, "2026-10-02T08:00:00Z"],
    ["2026-10-02T08:00:00", "-05:00", "2026-10-02T13:00:00Z"],
    ["2026-10-02T08:00:00+02:00", "-05:00", "2026-10-02T06:00:00Z"],
    ["2026-10-02T08:00:00", undefined, undefined],
  ] as const)(
    "was created at %s only where its zone is known (%s)",
    async (created_at, timestampZone, instant) => {
      const script = answering(200, enveloped({ simulation_case_id: ID, created_at }));
      const { provider } = await synthflow(script, timestampZone && { timestampZone });
      const { created } = (await provider.get(ID, options)).body;
      expect(created).toEqual(instant && { raw: created_at, at: Date.parse(instant) });
    },
  );

  it("has no modification time where Synthflow tells only the agent's", async () => {
    const base_agent = { model_id: "m", updated_at: "2026-10-02T08:00:00Z" };
    const { provider } = await synthflow(answering(200, enveloped({ simulation_case_id: ID, base_agent })));
    expect((await provider.get(ID, options)).body).not.toHaveProperty("modified");
  });

  it.each([
    ["nested", enveloped({ simulation_case: whole })],
    ["directly in the envelope", enveloped(whole)],
  ])("is created by a POST, whether it is answered %s", async (_, answer) => {
    const { provider, server } = await synthflow(answering(200, answer));
    const body = parseJson('{"name":"n","x":1.0,"base_agent":{"model_id":"m"}}') as never;
    expect((await provider.create(body, options)).body).toMatchObject({
      definitionId: ID,
      value: whole,
    });
    expect(server.requests).toMatchObject([
      {
        method: "POST",
        path: "/v2/simulation_cases",
        body: '{"name":"n","x":1.0,"base_agent_id":"m"}',
      },
    ]);
  });

  it("is created without an agent where none is named", async () => {
    const { provider, server } = await synthflow(answering(200, enveloped({ simulation_case_id: ID })));
    await provider.create({ name: "n", base_agent: null }, options);
    await provider.create({ name: "n" }, options);
    expect(server.requests.map(({ body }) => body)).toEqual(['{"name":"n"}', '{"name":"n"}']);
  });

  it("is updated by one PUT", async () => {
    const { provider, server } = await synthflow(answering(200, enveloped({ simulation_case_id: ID })));
    await provider.update(ID, { name: "n" }, options);
    expect(server.requests).toMatchObject([
      { method: "PUT", path: `/v2/simulation_cases/${ID}`, body: '{"name":"n"}' },
    ]);
  });

  it("has to be read back where a write's answer tells no modification time", async () => {
    const { provider } = await synthflow(answering(200, enveloped({ simulation_case_id: ID, name: "n" })));
    expect((await provider.create({ name: "n" }, options)).body).toEqual({ definitionId: ID });
    expect((await provider.update(ID, { name: "n" }, options)).body).toEqual({ definitionId: ID });
  });

  it.each(Object.keys(whole).filter((name) => name !== "simulation_case_id"))(
    "has to be read back where a write's answer does not show %s",
    async (name) => {
      const { [name]: _removed, ...rest } = whole as JsonObject;
      const { provider } = await synthflow(answering(200, enveloped(rest)));
      expect((await provider.create({ name: "n" }, options)).body).toEqual({ definitionId: ID });
      expect((await provider.update(ID, { name: "n" }, options)).body).toEqual({ definitionId: ID });
    },
  );

  it("is taken from a write's answer that shows it whole, with or without its type", async () => {
    for (const answer of [whole, { ...whole, type: "custom" }]) {
      const { provider } = await synthflow(answering(200, enveloped(answer)));
      expect((await provider.update(ID, { name: "n" }, options)).body).toMatchObject({ value: answer });
    }
  });

  it("is not taken for deleted because somebody answers 200 with an error", async () => {
    const { provider } = await synthflow(answering(200, { status: "error", message: "maintenance" }));
    expect(await failureOf(provider.delete(ID, options))).toMatchObject({
      code: "malformed-answer",
      effect: "unknown",
    });
  });

  it.each([
    [204, ""],
    [200, ""],
    [200, "{}"],
  ])("is deleted by one DELETE (%i %j)", async (status, body) => {
    const { provider, server } = await synthflow((_, response) => response.writeHead(status).end(body));
    expect(await provider.delete(ID, options)).toMatchObject({ body: undefined, receipt: { status } });
    expect(server.requests).toMatchObject([
      { method: "DELETE", path: `/v2/simulation_cases/${ID}`, body: "" },
    ]);
  });

  it.each(["by_agent", "generate", "", ".", "..", `${ID}/run`, `${ID}?x`, "1", "\ud800"])(
    "is never asked for by what is no id (%j)",
    async (id) => {
      const { provider, server } = await synthflow(answering(200, enveloped({ simulation_case_id: id })));
      for (const call of [
        provider.get(id, options),
        provider.update(id, { name: "n" }, options),
        provider.delete(id, options),
      ]) {
        expect(await failureOf(call)).toMatchObject({ code: "invalid-request", effect: "none" });
      }
      expect(server.requests).toHaveLength(0);
    },
  );

  it.each([
    ["no envelope", { simulation_case_id: ID }],
    ["an empty envelope", enveloped(null)],
    ["a list of one", enveloped([{ simulation_case_id: ID }])],
    ["no id", enveloped({ name: "n" })],
    ["an id that is no UUID", enveloped({ simulation_case_id: "by_agent" })],
    ["the id of its agent only", enveloped({ base_agent: { simulation_case_id: ID } })],
    ["an error that calls itself a success", { status: "error", error: "x", message: "y" }],
  ])("is not taken from %s", async (_, answer) => {
    const { provider } = await synthflow(answering(200, answer));
    for (const call of [
      provider.get(ID, options),
      provider.create({}, options),
      provider.update(ID, {}, options),
    ]) {
      expect(await failureOf(call)).toMatchObject({ code: "malformed-answer", effect: "unknown" });
    }
  });

  it.each([
    [
      "nested",
      `{"status":"ok","response":{"simulation_case":{"name":"n","simulation_case_id":"${ID}","pro`,
      ID,
    ],
    ["not nested", `{"status":"ok","response":{"simulation_case_id":"${ID}","pro`, ID],
    [
      "only its agent's",
      `{"status":"ok","response":{"base_agent":{"simulation_case_id":"${ID}"},"pro`,
      undefined,
    ],
    ["only one in a prompt", `{"response":{"prompt":"\\"simulation_case_id\\":\\"${ID}\\""`, undefined],
    ["only one outside", `{"simulation_case_id":"${ID}","response":{"pro`, undefined],
  ])("is named where its answer is cut short (%s)", async (_, answer, definitionId) => {
    const { provider } = await synthflow(answering(200, answer));
    const error = await failureOf(provider.create({}, options));
    expect(error.code).toBe("malformed-answer");
    expect(error.definitionId).toBe(definitionId);
  });
});

describe("the key check", () => {
  it("asks for the agents and learns no workspace", async () => {
    const { provider, server } = await synthflow(answering(200, enveloped({ assistants: [] })));
    expect((await provider.checkKey(options)).body).toEqual({ workspace: undefined });
    expect(server.requests).toMatchObject([{ method: "GET", path: "/v2/assistants" }]);
  });
});

describe("a refusal", () => {
  it.each([
    [{ detail: "Case not found" }, "Case not found"],
    [{ error: "bad_request", message: "No such suite" }, "No such suite"],
    [{ detail: [{ loc: ["body", "name"], msg: "Field required", type: "missing" }] }, "Field required"],
    [{ detail: { message: "nested" } }, "nested"],
    [{}, undefined],
  ])("keeps Synthflow's words in every shape: %j", async (body, message) => {
    const { provider } = await synthflow(answering(422, body));
    const error = await failureOf(provider.update(ID, {}, options));
    expect(error.code).toBe("invalid-request");
    expect(error.providerMessage).toBe(message);
  });
});
