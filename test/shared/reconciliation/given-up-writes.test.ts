import { beforeEach, describe, expect, it } from "vitest";
import type { ClaimTarget, Intent } from "../../../shared/definition/mirror/claim.ts";
import {
  ENGINES,
  type ReconciliationWorld,
  reconciliationWorld,
  scopeOf,
} from "../../support/reconciliation/reconciliation-world.ts";

const SETTLE_MS = 30_000;

let world: ReconciliationWorld;
let id: string;
beforeEach(async () => {
  world = reconciliationWorld({ connection: { callTimeoutSeconds: 2, settleSeconds: SETTLE_MS / 1_000 } });
  id = world.create("a");
  await world.reconcile();
});

const ofDefinition = (): ClaimTarget => ({ kind: "definition", connection: "retell", definitionId: id });
const ofCreates: ClaimTarget = { kind: "create", connection: "retell", scope: scopeOf(ENGINES[0]) };

/** A request that has left a write open at the target, and has come to this since. */
async function leftOpen(target: ClaimTarget, status: "failed" | "queued"): Promise<void> {
  const { mirrors, requests } = world.applying;
  const now = world.clock.now();
  const request = { connection: "retell", requestId: "theirs" };
  const operation = target.kind === "create" ? "create" : "update";
  const claim = { requestId: "theirs", epoch: 1, token: "t", leaseUntil: now + 1_000 };
  await requests.create({
    ...request,
    fingerprint: "f",
    operation,
    actorAuthenticated: "somebody",
    status,
    epoch: 1,
    attempts: 1,
    submittedAt: now,
    queuedAt: now,
  });
  await mirrors.takeClaim(target, claim, now);
  const intent: Intent = {
    ...claim,
    attempt: 1,
    operation,
    startedAt: now,
    callDeadlineAt: now + 2_000,
    wantedHash: "sha256:what they wanted",
  };
  await mirrors.writeIntent(target, "t", intent);
  await mirrors.releaseClaim(target, "t");
}

describe("a write that its request has given up", () => {
  it("is no reason to leave its definition for ever: once it has settled, it is remembered and no more", async () => {
    await leftOpen(ofDefinition(), "failed");
    world.edit({ action: "rename", definitionId: id, name: "b" });
    expect((await world.reconcile({ everyMs: 1_000 })).run.counts).toMatchObject({ changed: 0, left: 1 });
    expect((await world.reconcile({ everyMs: 2 * SETTLE_MS })).run.counts).toMatchObject({
      changed: 1,
      left: 0,
    });
    const { open, superseded } = await world.applying.mirrors.intents(ofDefinition());
    expect(open).toBeUndefined();
    expect(superseded).toMatchObject([{ requestId: "theirs", wantedHash: "sha256:what they wanted" }]);
    const record = await world.applying.requests.read({ connection: "retell", requestId: "theirs" });
    expect(record?.undecided).toMatchObject({ token: "t" });
  });

  it("does not hide that its definition is gone", async () => {
    await leftOpen(ofDefinition(), "failed");
    world.edit({ action: "delete", definitionId: id });
    expect((await world.reconcile()).run.counts).toMatchObject({ missing: 1, left: 0 });
    expect((await world.reconcile()).run.counts).toMatchObject({ deleted: 1, left: 0 });
  });

  it("does not hide what is new in the scope of a create", async () => {
    await leftOpen(ofCreates, "failed");
    world.create("b");
    expect((await world.reconcile()).run.counts).toMatchObject({ created: 1, left: 0 });
    expect((await world.applying.mirrors.intents(ofCreates)).superseded).toHaveLength(1);
  });

  it("is waited for as long as its request may come back", async () => {
    await leftOpen(ofDefinition(), "queued");
    world.edit({ action: "rename", definitionId: id, name: "b" });
    expect((await world.reconcile()).run.counts).toMatchObject({ changed: 0, left: 1 });
    expect((await world.applying.mirrors.intents(ofDefinition())).open).toMatchObject({ token: "t" });
    world.edit({ action: "delete", definitionId: id });
    expect((await world.reconcile()).run.counts).toMatchObject({ missing: 0, left: 1 });
  });
});
