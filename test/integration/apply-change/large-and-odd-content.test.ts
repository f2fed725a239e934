/** Changes of any size, and texts that tables cannot hold as they are. */
import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import type { JsonObject } from "../../../shared/platform/json.ts";
import { refundCase, requestMaker, withRetellWorld } from "../../support/retell-world.ts";

const world = withRetellWorld();

const { update } = requestMaker("large");

describe("what is very large", () => {
  const noise = (characters: number) =>
    Array.from({ length: Math.ceil(characters / 44) }, (_, index) =>
      createHash("sha256").update(String(index)).digest("base64"),
    ).join("");
  it.each<[string, JsonObject]>([
    ["a name of 900 000 characters", { name: noise(900_000) }],
    ["a prompt that hardly compresses", { user_prompt: noise(900_000) }],
    ["a member name of 300 000 characters", { dynamic_variables: { [noise(300_000)]: "x" } }],
    [
      "9 000 variables",
      {
        dynamic_variables: Object.fromEntries(
          Array.from({ length: 9_000 }, (_, n) => [`${n}-${"v".repeat(60)}`, "x"]),
        ),
      },
    ],
  ])("is stored whole: %s", async (_what, patch) => {
    const id = world().createOutside();
    expect(await world().apply(update(id, patch))).toEqual({ kind: "done", status: "applied" });
    expect(await world().apply(update(id, { metrics: ["after it"] }))).toEqual({
      kind: "done",
      status: "applied",
    });
    const [, large] = await world().versions(id);
    expect(JSON.parse(large?.documentText ?? "{}")).toMatchObject(patch);
    expect((large?.record.name ?? "").length).toBeLessThanOrEqual(1_001);
  });

  it("does not keep a conflict from being recorded: pointers of any length", async () => {
    const id = world().createOutside();
    await world().apply(update(id, { dynamic_variables: { [noise(300_000)]: "x" } }));
    const request = update(id, { name: "x" }, { expect: { version: 1 } });
    expect(await world().apply(request)).toMatchObject({ status: "conflict" });
    expect((await world().record(String(request["requestId"]))).result?.conflict).toEqual({
      version: 2,
      pointers: ["/dynamic_variables"],
    });
  });
});

describe("what tables cannot hold as it is", () => {
  it.each<[string, JsonObject]>([
    ["a number beyond the safe integers", { beta: 10_000_000_000_000_000 }],
    ["a number that is very small", { beta: 1e-200 }],
    ["a long number text", { beta: JSON.rawJSON("0.1000000000000000055511151231257827") }],
  ])("is listed as a difference all the same: %s", async (_what, patch) => {
    const id = world().createOutside();
    expect(await world().apply(update(id, patch))).toEqual({ kind: "done", status: "applied" });
    expect((await world().versions(id))[1]?.record.differences).toEqual([
      { pointer: "/beta", sent: expect.any(String), stored: null },
    ]);
  });

  it("is kept in the document untouched: half of a character in a name from outside", async () => {
    const id = world().createOutside({ ...refundCase, name: "x \ud800" });
    expect(await world().apply(update(id, { metrics: ["y"] }))).toEqual({ kind: "done", status: "applied" });
    expect((await world().versions(id))[1]?.documentText).toContain('"name":"x \\ud800"');
  });

  it.each([
    ["the operation", '{"requestId":"odd-1","operation":"\\ud800"}'],
    ["the definition id", '{"requestId":"odd-2","operation":"delete","definitionId":"\\ud800"}'],
    ["a field", '{"requestId":"odd-3","operation":"delete","definitionId":"x","\\ud800":1}'],
  ])("is rejected in a request: half of a character in %s", async (_what, body) => {
    expect(await world().apply(body)).toEqual({ kind: "done", status: "rejected" });
  });
});
