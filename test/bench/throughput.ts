/**
 * Changes per second from the queue to the history on the whole local stack, with a provider without limits, next to
 * what a script does with the official SDK: read and write, no queue, no history, nothing kept.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Retell from "retell-sdk";
import type { JsonObject } from "../../shared/platform/json.ts";
import { LocalStack } from "../support/local-stack.ts";
import { addEngine, createOutside } from "../support/stack-workspace.ts";
import { waitFor } from "../support/wait-for.ts";
import type { Benchmark, Row } from "./run.ts";
import { rounded } from "./statistics.ts";

const DEFINITIONS = 50;
const EDITS = 300;
/** Requests that are worked on at the same time; on two cores more only get into each other's way. */
const AT_A_TIME = 4;

type Request = { method: string; at: number };

export async function benchThroughput(): Promise<Benchmark> {
  const dataDir = mkdtempSync(join(tmpdir(), "test-case-sync-bench-"));
  const stack = await LocalStack.start(dataDir, ["--rate", `retell=${AT_A_TIME}`]);
  await addEngine(stack);
  const ids = await createOutside(stack, DEFINITIONS);
  const rows: Row[] = [];
  const run = async (what: string, work: () => Promise<void>): Promise<void> => {
    const before = (await stack.simulator<Request[]>("GET", "requests")).length;
    const startedAt = performance.now();
    await work();
    const seconds = (performance.now() - startedAt) / 1_000;
    const calls = (await stack.simulator<Request[]>("GET", "requests")).length - before;
    rows.push({
      what,
      "changes/s": rounded(EDITS / seconds),
      "provider calls per change": rounded(calls / EDITS, 2),
    });
  };

  // Function processes start on demand; none shall start while it is measured.
  const warmUp = Array.from({ length: DEFINITIONS }, (_, index) => edit(ids, index, "warm-up"));
  await Promise.all(warmUp.map((request) => stack.enqueue(request)));
  for (const { requestId } of warmUp) await stack.outcome(requestId);

  const requests = Array.from({ length: EDITS }, (_, index) => edit(ids, index, "queued"));
  await run(`queued, applied, recorded (whole stack, ${AT_A_TIME} at a time)`, async () => {
    const before = (await stack.simulator<unknown[]>("GET", "effects")).length;
    await Promise.all(requests.map((request) => stack.enqueue(request)));
    // Asked of the simulator, because polling the API would be measured as well.
    await waitFor(
      async () => (await stack.simulator<unknown[]>("GET", `effects?after=${before + EDITS - 1}`)).length > 0,
      { timeoutMs: 120_000, what: "the last write" },
    );
  });
  for (const { requestId } of requests) {
    const { status } = await stack.outcome(requestId);
    if (status !== "applied") throw new Error(`${requestId} ended as ${status}`);
  }

  const client = new Retell({
    apiKey: "test-key-retell",
    baseURL: stack.description().connections["retell"]?.baseUrl ?? "",
  });
  const withSdk = async (index: number): Promise<void> => {
    const { definitionId, patch } = edit(ids, index, "sdk");
    const live = await client.tests.getTestCaseDefinition(definitionId);
    const { name, ...rest } = live;
    await client.tests.updateTestCaseDefinition(definitionId, { ...rest, ...patch } as never);
  };
  await run("official SDK, one after the other", async () => {
    for (let index = 0; index < EDITS; index += 1) await withSdk(index);
  });
  await run(`official SDK, ${AT_A_TIME} at a time`, async () => {
    let next = 0;
    await Promise.all(
      Array.from({ length: AT_A_TIME }, async () => {
        while (next < EDITS) await withSdk(next++);
      }),
    );
  });

  await stack.stop();
  rmSync(dataDir, { recursive: true, force: true });
  return {
    title: `Changes per second (${EDITS} edits of ${DEFINITIONS} definitions; everything shares this machine)`,
    rows,
  };
}

function edit(
  ids: readonly string[],
  index: number,
  by: string,
): { requestId: string; definitionId: string; operation: string; patch: JsonObject } {
  return {
    requestId: `${by}-${index}`,
    operation: "update",
    definitionId: ids[index % ids.length] ?? "",
    patch: { name: `${by} ${index}` },
  };
}
