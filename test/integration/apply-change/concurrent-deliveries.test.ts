/** Deliveries at the same time: of one message twice, of one request in several groups, of different requests. */
import { describe, expect, it } from "vitest";
import type { ApplyDependencies } from "../../../shared/change-request/attempt/attempt.ts";
import type { JsonObject } from "../../../shared/platform/json.ts";
import { applied, applySteps } from "../../support/apply-steps.ts";
import { refundCase, withRetellWorld } from "../../support/retell-world.ts";
import { waitFor } from "../../support/wait-for.ts";

const world = withRetellWorld();
const { calls, create, effects, fault, remove, restore, stored, update } = applySteps(world, "concurrent");

/** Delivers them all at once, and those that wait again and again. */
async function deliverTogether(requests: readonly JsonObject[]): Promise<void> {
  const answers = await Promise.all(requests.map((request) => world().apply(request)));
  for (const [index, answer] of answers.entries()) {
    const request = requests[index];
    if (answer.kind !== "wait" || request === undefined) continue;
    expect(["claimed-by-another", "contention"]).toContain(answer.reason);
    await expect(world().apply(request)).resolves.toMatchObject({ kind: "done" });
  }
}

describe("two attempts at once", () => {
  it("on one definition: the second waits for the first one's claim", async () => {
    const id = world().createOutside();
    await world().apply(update(id, {}));
    fault("PUT", { delayMs: 300 });
    const answers = await Promise.all([
      world().apply(update(id, { name: "One" })),
      world().apply(update(id, { name: "Other" })),
    ]);
    expect(answers.map((answer) => answer.kind).sort()).toEqual(["done", "wait"]);
    const waiting = answers.find((answer) => answer.kind === "wait");
    expect(waiting).toMatchObject({ reason: "claimed-by-another" });
    // Until the other's lease ends, twenty seconds after it began.
    expect(waiting?.kind === "wait" && waiting.waitMs).toBeGreaterThan(15_000);
  });

  it("of creates in one scope: the second waits as well", async () => {
    fault("POST", { delayMs: 300 });
    const answers = await Promise.all([
      world().apply(create()),
      world().apply(create({ ...refundCase, name: "Other" })),
    ]);
    expect(answers.map((answer) => answer.kind).sort()).toEqual(["done", "wait"]);
  });
});

describe("one request", () => {
  it.each(["update", "create", "delete"] as const)(
    "an %s delivered several times at the same time, in whatever groups: one effect",
    async (operation) => {
      const id = world().createOutside();
      const before = world().simulator.workspace.definitions().length;
      const request = {
        update: () => update(id, [{ op: "add", path: "/metrics/-", value: "once" }]),
        create: () => create({ ...refundCase, name: "New" }),
        delete: () => remove(id),
      }[operation]();
      await deliverTogether([request, request, request, request]);
      const method = { update: "PUT", create: "POST", delete: "DELETE" }[operation];
      expect(calls(method)).toHaveLength(1);
      if (operation === "update") expect(effects(id)).toEqual(["updated"]);
      if (operation === "create") {
        expect(world().simulator.workspace.definitions()).toHaveLength(before + 1);
      }
      expect(await world().record(request)).toMatchObject({ status: "applied", attempts: 1 });
    },
  );

  it("delivered again while its call is under way: it is waited for", async () => {
    const id = world().createOutside();
    fault("PUT", { answerAfterMs: 400 });
    const request = update(id, [{ op: "add", path: "/metrics/-", value: "once" }]);
    const first = world().apply(request);
    await waitFor(() => calls("PUT").length === 1, { timeoutMs: 5_000, what: "the call" });
    const again = await world().apply(request);
    expect(again).toMatchObject({ kind: "wait", reason: "claimed-by-another" });
    expect(await first).toEqual(applied);
    expect(await world().apply(request)).toEqual(applied);
    expect(calls("PUT")).toHaveLength(1);
  });

  it("whose claim was answered only when it was asked for again has it, and has not crashed", async () => {
    const id = world().createOutside();
    const given = world().dependencies();
    const dependencies: ApplyDependencies = {
      ...given,
      mirrors: {
        ...given.mirrors,
        // The first answer is lost, and the table's client asks again.
        async takeClaim(...claim) {
          await given.mirrors.takeClaim(...claim);
          return await given.mirrors.takeClaim(...claim);
        },
      },
    };
    const request = update(id, { name: "One" });
    expect(await world().apply(request, { dependencies })).toEqual(applied);
    expect(await world().record(request)).toMatchObject({ attempts: 1, charges: 0 });
  });

  it("two contents under one id at the same time: one is applied, the other refused, and changes nothing", async () => {
    const id = world().createOutside();
    const request = update(id, { name: "One" });
    const other = { ...request, patch: { user_prompt: "Other." } };
    const answers = await Promise.all([world().apply(request), world().apply(other)]);
    for (const [index, one] of [request, other].entries()) {
      if (answers[index]?.kind === "wait") answers[index] = await world().apply(one);
    }
    const kinds = answers.map((answer) => (answer.kind === "dead-letter" ? answer.reason : answer.kind));
    expect(kinds.sort()).toEqual(["done", "request-id-reused"]);
    expect(effects(id)).toEqual(["updated"]);
  });
});

describe("another request's open intent", () => {
  it.each(["update", "delete", "restore"] as const)(
    "makes %s wait while that request is open, and is then not forgotten",
    async (operation) => {
      const id = world().createOutside();
      await world().apply(update(id, {}));
      fault("PUT");
      const first = update(id, [{ op: "add", path: "/metrics/-", value: "once" }]);
      await world().apply(first);
      const other = {
        update: () => update(id, { name: "Other" }),
        delete: () => remove(id),
        restore: () => restore(id, { version: 1 }),
      }[operation]();
      const waits = { kind: "wait", reason: "unanswered-write-of-another" };
      expect(await world().apply(other)).toMatchObject(waits);
      world().settle();
      // It is the other one's to find out, however long it takes.
      expect(await world().apply(other)).toMatchObject(waits);
      expect(calls("PUT")).toHaveLength(1);
      expect(await world().apply(first)).toEqual(applied);
      expect(await world().apply(other)).toEqual(applied);
      if (operation === "update") {
        expect(stored(id)).toMatchObject({ name: "Other", metrics: ["The agent offers a refund", "once"] });
      }
    },
  );

  it("is superseded when that request is terminal: it is judged undecided, and the next one goes on", async () => {
    const id = world().createOutside();
    fault("PUT");
    const given = update(id, { name: "Given up" });
    await world().apply(given);
    world().settle();
    const third = { name: "Third", metrics: ["Third"] };
    world().simulator.workspace.edit({ action: "edit", definitionId: id, set: third });
    expect(await world().apply(given)).toMatchObject({ kind: "dead-letter" });
    expect(await world().apply(update(id, { user_prompt: "Next." }))).toEqual(applied);
    expect(stored(id)).toMatchObject({ ...third, user_prompt: "Next." });
  });

  it("that another request wrote and gave up on is not this request's doing", async () => {
    const id = world().createOutside();
    fault("PUT");
    const given = update(id, { name: "Same" });
    const delivery = { sentAt: world().clock.now() - 12 * 86_400_000 };
    expect(await world().apply(given, { delivery })).toMatchObject({
      kind: "dead-letter",
      reason: "expired",
    });
    world().settle();
    expect(await world().apply(update(id, { name: "Same" }))).toEqual({ kind: "done", status: "unchanged" });
    expect(calls("PUT")).toHaveLength(1);
    expect((await world().versions(id)).at(-1)?.record).toMatchObject({
      source: "adopted",
      late: true,
      requestId: given["requestId"],
    });
  });

  it("of a request that was given up within the settle time: nobody writes before that is over", async () => {
    const id = world().createOutside();
    fault("PUT", { apply: { afterMs: 30_000 }, answer: "reset" });
    const delivery = { sentAt: world().clock.now() - 12 * 86_400_000 };
    expect(await world().apply(update(id, { name: "Given up" }), { delivery })).toMatchObject({
      kind: "dead-letter",
      reason: "expired",
    });
    const next = update(id, { user_prompt: "Next." });
    expect(await world().apply(next)).toMatchObject({ kind: "wait", reason: "settles" });
    world().settle();
    expect(await world().apply(next)).toEqual(applied);
    expect(stored(id)).toMatchObject({ name: "Given up", user_prompt: "Next." });
  });
});
