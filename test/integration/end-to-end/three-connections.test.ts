/** One connection of each provider in one stack: what each of them promises, and that none waits for another. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import type { FaultInput } from "../../../infra/local/simulators/fault.ts";
import { LocalStack } from "../../support/local-stack.ts";
import { type Account, accounts, retell, synthflow, tela } from "../../support/stack-accounts.ts";
import { type RunView, reconcile } from "../../support/stack-runs.ts";
import { stackSteps } from "../../support/stack-steps.ts";
import { addEngine } from "../../support/stack-workspace.ts";
import { waitFor } from "../../support/wait-for.ts";

const dataDir = mkdtempSync(join(tmpdir(), "test-case-sync-"));
const SETTLE_MS = 1_000;
let stack: LocalStack;

beforeAll(async () => {
  const connections = accounts.map(({ connection }) => ({
    id: connection,
    provider: connection,
    baseUrl: "https://simulated.example",
    rateLimit: { requestsPerSecond: 100, burst: 10, adaptive: false },
    callTimeoutSeconds: 2,
    settleSeconds: SETTLE_MS / 1_000,
    // Longer than this file takes: its runs are started by hand.
    reconcile: { every: "12 hours", confirmDeletionAfter: "1 seconds" },
    ...(connection === synthflow.connection && { timestampZone: "-05:00" }),
  }));
  const config = join(dataDir, "connections.json");
  writeFileSync(config, JSON.stringify({ connections }));
  stack = await LocalStack.start(join(dataDir, "stack"), ["--config", config]);
  await addEngine(stack);
  // Its times are those of a place and do not say so, as its connection knows.
  await simulator(synthflow, "POST", "switches", { zoneMinutes: -300 });
});
afterAll(async () => {
  await stack?.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

const {
  simulator,
  fault,
  changedOutside,
  made,
  enqueue,
  rename,
  outcome,
  atProvider,
  stored,
  writesTo,
  versions,
  waits,
  view,
  edits,
} = stackSteps(() => stack);

/** A run that has ended; the next one believes what this one recorded to be gone again. */
async function run(account: Account): Promise<void> {
  const { finishedAt, status }: RunView = await reconcile(stack, undefined, account.connection);
  expect(status).toBe("completed");
  await waitFor(() => Date.now() > Date.parse(finishedAt) + SETTLE_MS, {
    timeoutMs: SETTLE_MS + 5_000,
    what: "the settle time to pass",
  });
}

describe.concurrent.each([tela, synthflow])("$connection, beside two other connections", (account) => {
  it("writes an edit once whose answer is lost", async () => {
    const definitionId = await made(account, "Found");
    const match = { method: account.updateMethod, path: `*/${definitionId}` };
    await fault(account, { match, apply: "now", answer: "reset" });
    const requestId = await rename(account, definitionId, "Lost, and done");
    expect(await outcome(account, requestId)).toMatchObject({ status: "applied", attempts: 1 });
    expect(await writesTo(account, definitionId)).toHaveLength(1);
    const [newest] = await versions(account, definitionId);
    expect(newest).toMatchObject({ version: 2, source: "adopted", requestId });
  });

  it("makes one definition where the answer to a create is lost", async () => {
    await fault(account, { match: { method: "POST" }, apply: "now", answer: "reset" });
    const request = { operation: "create", definition: account.created("Made once") };
    const requestId = await enqueue(account, request);
    const { status, attempts, result } = await outcome(account, requestId);
    const named = (await atProvider(account)).filter((one) => one[account.nameMember] === "Made once");
    expect({ status, attempts, made: named.map((one) => one[account.idMember]) }).toEqual({
      status: "applied",
      attempts: 1,
      made: [result?.definitionId],
    });
  });

  it("refuses an edit that expects another version, and brings an earlier one back", async () => {
    const definitionId = await made(account, "As it was");
    expect(await outcome(account, await rename(account, definitionId, "Edited"))).toMatchObject({
      status: "applied",
      result: { version: 2 },
    });
    const stale = await rename(account, definitionId, "Stale", { expect: { version: 1 } });
    expect(await outcome(account, stale)).toMatchObject({ status: "conflict" });
    expect(await writesTo(account, definitionId)).toHaveLength(1);
    const back = { operation: "restore", definitionId, restore: { version: 1 } };
    expect(await outcome(account, await enqueue(account, back))).toMatchObject({
      status: "applied",
      result: { version: 3 },
    });
    expect(await stored(account, definitionId)).toMatchObject({ [account.nameMember]: "As it was" });
  });
});

describe.concurrent("each provider's own ways", () => {
  it("Tela's nulls, which no update may send, survive an edit of another member", async () => {
    const nulls = { messages: null, variablesRichContent: null, metadata: null };
    const definitionId = await made(tela, "From a task", nulls);
    expect(await outcome(tela, await rename(tela, definitionId, "Edited"))).toMatchObject({
      status: "applied",
    });
    expect(await stored(tela, definitionId)).toMatchObject({ title: "Edited", ...nulls });
  });

  it("Tela's answers are not sent where the connection has not opted in", async () => {
    const definitionId = await made(tela, "With answers");
    const request = { operation: "update", definitionId, patch: { answers: { good: [] } } };
    expect(await outcome(tela, await enqueue(tela, request))).toMatchObject({
      status: "rejected",
      result: { reason: "unsupported-by-provider" },
    });
    expect(await writesTo(tela, definitionId)).toEqual([]);
  });

  it("an edit of Synthflow's agent is no change of its cases, and an edit sends no more than what it changes", async () => {
    const definitionId = await made(synthflow, "With an agent");
    expect(await outcome(synthflow, await rename(synthflow, definitionId, "Edited"))).toMatchObject({
      result: { version: 2 },
    });
    const agent = { model_id: synthflow.agent, agent_name: "Renamed", updated_at: "2026-11-01T00:00:00Z" };
    await changedOutside(synthflow, { action: "put-agent", agent });
    // A request that changes nothing reads the case, and would record what it met.
    expect(await outcome(synthflow, await rename(synthflow, definitionId, "Edited"))).toMatchObject({
      status: "unchanged",
    });
    expect(await versions(synthflow, definitionId)).toHaveLength(2);
    const [write, ...others] = await writesTo(synthflow, definitionId);
    expect([write?.body, others]).toEqual([{ name: "Edited" }, []]);
    const { body } = await stack.api("GET", `/connections/synthflow/definitions/${definitionId}`);
    // About the time of the write; another zone would be hours off.
    const offMs = Date.parse(String(body["providerModifiedAt"])) - (write?.appliedAt ?? Number.NaN);
    expect(Math.abs(offMs)).toBeLessThan(3_600_000);
  });
});

// Not beside the lost create: a run leaves alone what may be an undecided create's.
it("the runs of two connections find what is done outside, a deletion the second of them", async () => {
  await Promise.all([tela, synthflow].map(findsWhatIsDoneOutside));
});

async function findsWhatIsDoneOutside(account: Account): Promise<void> {
  const edited = await made(account, "Edited outside");
  const deleted = await made(account, "Deleted outside");
  await run(account);
  await changedOutside(account, { action: "rename", definitionId: edited, name: "By a colleague" });
  await changedOutside(account, { action: "delete", definitionId: deleted });
  await run(account);
  expect(await versions(account, edited)).toMatchObject([
    { version: 2, changeType: "updated", source: "reconciliation" },
    { version: 1, changeType: "baseline" },
  ]);
  expect(await versions(account, deleted)).toHaveLength(1);
  await run(account);
  expect(await versions(account, deleted)).toMatchObject([
    { version: 2, changeType: "deleted", source: "reconciliation", deleted: true },
    { version: 1, changeType: "baseline" },
  ]);
  expect(await versions(account, edited)).toHaveLength(2);
}

/** Why a request waits that meets the trouble of a provider, or an operator's pause. */
const trouble = [
  "paused-by-operator",
  "provider-faults",
  "provider-pause",
  "provider-rate-limited",
  "provider-server-error",
  "unanswered-server-error",
];

/** While one connection stands still, edits of the others are applied, and none of them ever meets its trouble. */
async function othersAreNotHeldUp(culprit: Account, itsRequests: readonly string[]): Promise<void> {
  const others = accounts.filter((account) => account !== culprit);
  const asked = await Promise.all(others.map(async (account) => ({ account, ids: await edits(account, 5) })));
  const outcomes = asked.flatMap(({ account, ids }) => ids.map((requestId) => outcome(account, requestId)));
  for (const each of await Promise.all(outcomes)) expect(each).toMatchObject({ status: "applied" });
  const met = waits(asked.flatMap(({ ids }) => ids));
  expect(met.filter((reason) => trouble.includes(String(reason)))).toEqual([]);
  expect(waits(itsRequests).filter((reason) => trouble.includes(String(reason)))).not.toEqual([]);
  for (const account of others) {
    const { state, rate } = (await view(account)) ?? {};
    expect({ state, pausedUntil: rate?.pausedUntil }).toEqual({ state: "active", pausedUntil: undefined });
  }
  for (const requestId of itsRequests) {
    const path = `/change-requests/${requestId}?connection=${culprit.connection}`;
    expect(["queued", "applying"]).toContain((await stack.api("GET", path)).body["status"]);
  }
}

async function goesOn(culprit: Account, itsRequests: readonly string[]): Promise<void> {
  for (const requestId of itsRequests) {
    expect(await outcome(culprit, requestId)).toMatchObject({ status: "applied" });
  }
}

const down = (status: number): FaultInput => ({
  match: { times: "always" },
  apply: "never",
  answer: { status },
});
const soon = (what: string) => ({ timeoutMs: 60_000, what });

describe("none waits for another", () => {
  let resumed: readonly string[] = [];

  it("while an operator has paused it", async () => {
    const path = `/connections/${synthflow.connection}`;
    const resume = () => stack.api("POST", `${path}/resume`, { body: { reason: "done" } });
    onTestFinished(async () => void (await resume()));
    await stack.api("POST", `${path}/pause`, { body: { reason: "migration" } });
    const waiting = await edits(synthflow, 3);
    const seen = async () =>
      (await stack.api("GET", `/change-requests/${waiting[0]}?connection=${synthflow.connection}`)).status ===
      200;
    await waitFor(seen, soon("the first delivery"));
    // They come back in their own time after the resume, meanwhile the next tests run.
    resumed = waiting;
    await othersAreNotHeldUp(synthflow, waiting.slice(0, 1));
    await resume();
  });

  it("while its provider answers 429 to everything", async () => {
    onTestFinished(() => simulator(tela, "DELETE", "faults"));
    await fault(tela, down(429));
    const waiting = await edits(tela, 3);
    await waitFor(async () => (await view(tela))?.rate.pausedUntil !== undefined, soon("the pause"));
    await othersAreNotHeldUp(tela, waiting);
    await simulator(tela, "DELETE", "faults");
    await goesOn(tela, waiting);
  });

  it("while its provider answers 503 to everything", async () => {
    onTestFinished(() => simulator(retell, "DELETE", "faults"));
    await fault(retell, down(503));
    const waiting = await edits(retell, 3);
    await waitFor(async () => (await view(retell))?.state === "degraded", soon("the outage to be seen"));
    await othersAreNotHeldUp(retell, waiting);
  });

  it("and a resumed one goes on with what has waited", async () => {
    expect(resumed).toHaveLength(3);
    await goesOn(synthflow, resumed);
  });
});
