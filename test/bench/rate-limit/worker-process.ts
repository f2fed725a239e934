/** One worker: says when it is ready, works from `startAt` to `until`, tells what it took. Its parent ends it. */
import { setTimeout as delay } from "node:timers/promises";
import type { PolicyName } from "./cell.ts";
import type { CreatePolicy } from "./policies/policy.ts";
import { createProviderCalls } from "./provider-calls.http.ts";
import type { Go, WorkerReport, WorkerTask } from "./worker-protocol.ts";

const load: Readonly<Record<PolicyName, () => Promise<{ createPolicy: CreatePolicy }>>> = {
  ours: () => import("./policies/ours.ts"),
  "retell-sdk": () => import("./policies/retell-sdk.ts"),
  "rate-limiter-flexible": () => import("./policies/rate-limiter-flexible.ts"),
  bottleneck: () => import("./policies/bottleneck.ts"),
};

// Ctrl-C reaches the whole process group; the parent ends its workers, and they never outlive it.
process.on("SIGINT", () => undefined);
process.on("disconnect", () => process.exit(0));

try {
  const task = JSON.parse(process.argv[2] ?? "") as WorkerTask;
  const meter = { writes: 0, reads: 0 };
  const events: Record<string, number> = {};
  const note = (event: string) => {
    events[event] = (events[event] ?? 0) + 1;
  };
  const { createPolicy } = await load[task.cell.policy]();
  const work = await createPolicy({ task, calls: createProviderCalls(task), meter, note });
  const go = await told();

  await until(go.startAt);
  const workUntilEnd = async () => {
    while (Date.now() < go.until) await work();
  };
  workUntilEnd().catch(fail);
  await until(go.measureFrom);
  const [cpuBefore, before] = [process.cpuUsage(), { ...meter }];
  await until(go.until);
  const cpu = process.cpuUsage(cpuBefore);
  report({
    kind: "stats",
    stats: {
      cpuMs: (cpu.user + cpu.system) / 1_000,
      tableWrites: meter.writes - before.writes,
      tableReads: meter.reads - before.reads,
      events,
    },
  });
} catch (error) {
  fail(error);
}

function told(): Promise<Go> {
  return new Promise((resolve) => {
    process.once("message", (go: Go) => resolve(go));
    report({ kind: "ready" });
  });
}

async function until(at: number): Promise<void> {
  await delay(Math.max(0, at - Date.now()));
}

function report(message: WorkerReport): void {
  process.send?.(message);
}

function fail(error: unknown): void {
  report({ kind: "failed", message: error instanceof Error ? String(error.stack) : String(error) });
}
