/** How long `npm start` takes on an empty folder, and again on a filled one. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LocalStack } from "../support/local-stack.ts";
import type { Benchmark, Row } from "./run.ts";
import { rounded } from "./statistics.ts";

export async function benchStartUp(): Promise<Benchmark> {
  const dataDir = mkdtempSync(join(tmpdir(), "test-case-sync-bench-"));
  const rows: Row[] = [];
  for (const what of ["first start", "second start"]) {
    const startedAt = performance.now();
    const stack = await LocalStack.start(dataDir);
    const seconds = rounded((performance.now() - startedAt) / 1_000);
    const phases = Object.fromEntries(
      [...stack.output().matchAll(/(\w+) at ([0-9.]+) s/g)].map(([, phase = "", at = ""]) => [
        `${phase} at`,
        Number(at),
      ]),
    );
    const stoppingAt = performance.now();
    await stack.stop();
    rows.push({
      start: what,
      "ready s": seconds,
      ...phases,
      "stop s": rounded((performance.now() - stoppingAt) / 1_000),
    });
  }
  rmSync(dataDir, { recursive: true, force: true });
  return { title: "Start-up of the local stack (seconds; synthesis and engines run side by side)", rows };
}
