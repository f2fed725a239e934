/** The rows of "the provider call ended in …" that say: nobody knows. Nothing is sent before it is known. */
import { describe, expect, it } from "vitest";
import type { FaultInput } from "../../../infra/local/simulators/fault.ts";
import { applied, applySteps } from "../../support/apply-steps.ts";
import { refundCase, withRetellWorld } from "../../support/retell-world.ts";

const world = withRetellWorld();
const { calls, crash, create, effects, fault, history, update } = applySteps(world, "unanswered");

const json = { "content-type": "application/json" };
const rows: [string, FaultInput][] = [
  ["2xx with an invalid body: HTML", { answer: { status: 200, html: true } }],
  ["2xx with an invalid body: truncated", { answer: "truncated-json" }],
  ["2xx with an invalid body: cut off", { answer: "cut-body" }],
  ["2xx with an invalid body: stalled", { answer: "stalled-body" }],
  [
    "2xx with an invalid body: JSON of something else",
    { answer: { status: 200, headers: json, body: "[]" } },
  ],
  ["408", { answer: { status: 408 } }],
  ["500", { answer: { status: 500 } }],
  ["502 with a proxy's HTML", { answer: { status: 502, html: true } }],
  ["503", { answer: { status: 503 } }],
  ["a timeout", { answer: "never" }],
  ["a reset", { answer: "reset" }],
];
const connection = { callTimeoutSeconds: 0.5 };

describe("the provider call ended in", () => {
  it.each(rows)("%s, unknown: adjudicated, and it happened", async (_what, answer) => {
    const id = world().createOutside();
    fault("PUT", answer);
    const request = update(id, { name: "Refunds" });
    const waiting = await world().apply(request, { connection });
    expect(waiting).toMatchObject({ kind: "wait", reason: expect.stringMatching(/^unanswered-/) });
    // The settle time is sixty seconds.
    expect(waiting.kind === "wait" && waiting.waitMs).toBeGreaterThan(59_000);
    expect(await world().record(request)).toMatchObject({ status: "applying", attempts: 1 });
    expect(await world().apply(request)).toMatchObject({ kind: "wait", reason: "settles" });
    world().settle();
    expect(await world().apply(request)).toEqual(applied);
    expect(calls("PUT")).toHaveLength(1);
    expect(await history(id)).toEqual(["baseline observed_before_write", "updated adopted"]);
    expect(world().counted).toContain("WriteAdopted");
  });

  it.each(
    rows.filter(([, { answer }]) => answer === "reset" || answer === "never" || typeof answer === "object"),
  )("%s, unknown: adjudicated, and it did not happen", async (_what, answer) => {
    const id = world().createOutside();
    fault("PUT", { ...answer, apply: "never" });
    const request = update(id, { name: "Refunds" });
    expect(await world().apply(request, { connection })).toMatchObject({ kind: "wait" });
    world().settle();
    expect(await world().apply(request)).toEqual(applied);
    expect(calls("PUT")).toHaveLength(2);
    expect(effects(id)).toEqual(["updated"]);
    expect(await history(id)).toEqual(["baseline observed_before_write", "updated change_request"]);
  });

  it("2xx with an invalid body that holds an id: that id is read first, and no list is needed", async () => {
    // Half of the answer comes; the long prompt is in the other half.
    world().simulator.workspace.setSwitches({ answerForm: "sorted-members" });
    fault("POST", { answer: "truncated-json" });
    const request = create({ ...refundCase, user_prompt: "You want your money back. ".repeat(100) });
    expect(await world().apply(request)).toMatchObject({
      kind: "wait",
      reason: "unanswered-malformed-answer",
    });
    world().settle();
    expect(await world().apply(request)).toEqual(applied);
    expect(calls("POST")).toHaveLength(1);
    expect(calls("GET").map(({ path }) => path)).toEqual([
      expect.stringMatching(/^\/get-test-case-definition\//),
    ]);
  });
});

describe("an unanswered write is judged", () => {
  it("not before the call's deadline and the settle time, even if the provider drops it in between", async () => {
    const id = world().createOutside();
    fault("PUT", { apply: "never", answer: "reset" });
    const request = update(id, { name: "Refunds" });
    await world().apply(request);
    world().clock.pass(60_000);
    expect(await world().apply(request)).toMatchObject({ kind: "wait", reason: "settles" });
    expect(calls("PUT")).toHaveLength(1);
    world().clock.pass(2_001);
    expect(await world().apply(request)).toEqual(applied);
  });

  it("not before the lease and the settle time where the attempt did not see its call end", async () => {
    const id = world().createOutside();
    const request = update(id, { name: "Refunds" });
    // Its lease is twenty seconds, the call's deadline two.
    await crash(request, { after: "provider.update" });
    expect(await world().apply(request)).toMatchObject({ kind: "wait", reason: "claimed-by-another" });
    world().clock.pass(65_000);
    expect(await world().apply(request)).toMatchObject({ kind: "wait", reason: "settles" });
    world().clock.pass(15_001);
    expect(await world().apply(request)).toEqual(applied);
    expect(calls("PUT")).toHaveLength(1);
  });

  it("when it lands within the settle time, as the one effect that it is", async () => {
    const id = world().createOutside();
    fault("PUT", { apply: { afterMs: 55_000 }, answer: "reset" });
    const request = update(id, [{ op: "add", path: "/metrics/-", value: "once" }]);
    await world().apply(request);
    world().clock.pass(30_000);
    expect(effects(id)).toEqual([]);
    expect(await world().apply(request)).toMatchObject({ kind: "wait", reason: "settles" });
    world().settle();
    expect(await world().apply(request)).toEqual(applied);
    expect(effects(id)).toEqual(["updated"]);
    expect(calls("PUT")).toHaveLength(1);
  });
});
