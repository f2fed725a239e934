/** A run that the schedule starts, over a large scope, by a worker that is killed in the middle of it. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { killIfAlive } from "../../../infra/local/engines/kill-if-alive.ts";
import { LocalStack } from "../../support/local-stack.ts";
import { endOfRun, type RunView, scopeOf, versionsOf } from "../../support/stack-runs.ts";
import { addEngine, caseOf, createOutside } from "../../support/stack-workspace.ts";
import { waitFor } from "../../support/wait-for.ts";

/** Definitions of the scope, at least two pages; a soak run takes more. */
const COUNT = Number(process.env["SCOPE_SIZE"] ?? 1_000);
const scope = "retell-llm:llm_large";
const connection = {
  id: "retell",
  provider: "retell",
  baseUrl: "https://simulated.example",
  rateLimit: { requestsPerSecond: 200, burst: 20, adaptive: false },
  settleSeconds: 1,
  // Schedules count in whole minutes.
  reconcile: { every: "20 seconds", confirmDeletionAfter: "1 seconds" },
};
const dataDir = mkdtempSync(join(tmpdir(), "test-case-sync-"));
let stack: LocalStack;
beforeAll(async () => {
  const config = join(dataDir, "connections.json");
  writeFileSync(config, JSON.stringify({ connections: [connection] }));
  stack = await LocalStack.start(join(dataDir, "stack"), ["--config", config]);
});
afterAll(async () => {
  await stack?.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

type DefinitionView = { readonly definitionId: string; readonly version: number; readonly deleted: boolean };

async function recorded(): Promise<readonly DefinitionView[]> {
  const path = `/connections/retell/definitions?limit=200&scope=${encodeURIComponent(scope)}`;
  const all: DefinitionView[] = [];
  let cursor = "";
  do {
    const { body } = await stack.api<{ items: DefinitionView[]; next?: string }>("GET", `${path}${cursor}`);
    all.push(...body.items);
    cursor = body.next === undefined ? "" : `&cursor=${body.next}`;
  } while (cursor !== "");
  return all;
}

const runs = async () => (await stack.api<{ items: RunView[] }>("GET", "/reconciliations")).body.items;
const pagesRead = async () =>
  (await stack.simulator<unknown[]>("GET", "requests?path=/v2/list-test-case-definitions")).length;

it("goes on where a worker was killed: each definition is recorded once, and no other run begins meanwhile", async () => {
  // Before the first scheduled run: none is in the way while the definitions are made.
  await addEngine(stack, "llm_large");
  const ids = await createOutside(stack, COUNT, caseOf("llm_large"));
  const [run] = await waitFor(async () => (await runs()).length > 0 && runs(), {
    timeoutMs: 100_000,
    what: "the schedule's first run",
  });
  expect(run).toMatchObject({ trigger: "schedule", status: "running" });
  const runId = run?.runId ?? "";

  // The first page is recorded, and the second is being so.
  const others = 2;
  await waitFor(async () => (await pagesRead()) >= others + 2, {
    timeoutMs: 120_000,
    what: "the second page",
  });
  for (const pid of stack.description().functions["reconcile-scope"]?.pids ?? []) killIfAlive(pid);
  const atDeath = (await recorded()).length;
  expect(atDeath).toBeGreaterThan(0);
  expect(atDeath).toBeLessThan(COUNT);

  // The message comes back when its visibility timeout is over; the schedule has asked for a run in every minute.
  const ended = await endOfRun(stack, runId, 400_000);
  expect(ended).toMatchObject({ status: "completed", counts: { listed: COUNT, missing: 0, left: 0 } });
  expect((await runs()).filter(({ startedAt }) => startedAt < ended.finishedAt)).toHaveLength(1);
  const after = await recorded();
  expect(after.map(({ definitionId }) => definitionId).toSorted()).toEqual(ids.toSorted());
  expect(after.filter(({ version, deleted }) => version !== 1 || deleted)).toEqual([]);
  for (const id of [ids[0], ids[500], ids[COUNT - 1]]) {
    expect(await versionsOf(stack, id ?? "")).toMatchObject([
      { version: 1, changeType: "baseline", source: "reconciliation" },
    ]);
  }
  const quiet = await waitFor(
    async () => {
      const { status, body } = await stack.api<{ runId: string }>("POST", "/reconciliations", {
        body: { scope },
      });
      return status === 202 && body.runId;
    },
    { timeoutMs: 60_000, what: "room for another run" },
  );
  expect(scopeOf(await endOfRun(stack, quiet), scope)).toMatchObject({
    status: "completed",
    counts: { listed: COUNT, baselines: 0, created: 0, changed: 0, missing: 0, left: 0 },
  });
}, 600_000);
