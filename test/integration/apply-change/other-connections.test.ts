/** Two connections in the same tables: the trouble of one is none of the other's. */
import { expect, it } from "vitest";
import { applyChangeRequest } from "../../../shared/change-request/apply-change-request.ts";
import type { Disposition } from "../../../shared/change-request/outcome/delivery.ts";
import { parseChangeRequest } from "../../../shared/change-request/submission/parse-change-request.ts";
import { applied, applySteps } from "../../support/apply-steps.ts";
import { withRetellWorld } from "../../support/retell-world.ts";

const world = withRetellWorld();
const { calls, fault, update } = applySteps(world, "connections");

async function applyToOther(request: object): Promise<Disposition> {
  const dependencies = world().dependencies({ id: "other" });
  const body = JSON.stringify(request);
  const parsed = parseChangeRequest(body, {
    connection: "other",
    otherConnection: "wrong-queue",
    dialectOf: () => dependencies.provider.dialect,
  });
  const now = world().clock.now();
  return await applyChangeRequest(dependencies, parsed, {
    body,
    receiveCount: 1,
    senderId: "AIDASENDER",
    sentAt: now,
    invocationEndsAt: now + 20_000,
  });
}

it("a connection that is paused after a 429 does not slow another one", async () => {
  const [one, other] = [world().createOutside(), world().createOutside()];
  fault("GET", { apply: "never", answer: { status: 429, headers: { "retry-after": "600" } } });
  expect(await world().apply(update(one, { name: "Late" }))).toMatchObject({ kind: "wait" });
  const before = calls("GET").length;
  expect(await world().apply(update(one, { name: "Later" }))).toMatchObject({
    kind: "wait",
    reason: "provider-pause",
  });
  expect(calls("GET")).toHaveLength(before);
  for (const name of ["First", "Second", "Third"]) {
    expect(await applyToOther(update(other, { name }))).toEqual(applied);
  }
});

it("a degraded connection does not slow another one", async () => {
  const [one, other] = [world().createOutside(), world().createOutside()];
  for (let faults = 0; faults < 3; faults += 1) {
    fault("GET", { apply: "never", answer: { status: 500 } });
    await world().apply(update(one, { name: "Late" }));
  }
  expect(await world().apply(update(one, { name: "Later" }))).toMatchObject({ kind: "wait" });
  for (const name of ["First", "Second", "Third"]) {
    expect(await applyToOther(update(other, { name }))).toEqual(applied);
  }
});
