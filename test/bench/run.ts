/**
 * `npm run bench`: what a change costs and how fast the system is, on this machine. `-- --json FILE` writes the
 * numbers for tools as well, `-- NAME` runs one benchmark. `-- rate-limit [--smoke | --quick | --full] [--plot FILE]` and
 * `-- reconciliation [--full]` run only when they are named, because they take minutes. Machines differ: compare ratios
 * and counts.
 */
import { writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { benchBundles } from "./bundles.ts";
import { benchCostPerChange } from "./cost-per-change.ts";
import { markdownTable } from "./markdown-table.ts";
import { benchRateLimit } from "./rate-limit/bench-rate-limit.ts";
import type { Extent } from "./rate-limit/matrix.ts";
import { benchReconciliation } from "./reconciliation/bench-reconciliation.ts";
import { benchStartUp } from "./start-up.ts";
import { benchThroughput } from "./throughput.ts";

export type Row = Readonly<Record<string, string | number>>;
export type Benchmark = {
  readonly title: string;
  readonly rows: readonly Row[];
  /** How the rows are printed; default: as a table for a terminal. */
  readonly form?: "markdown";
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: "string" },
    only: { type: "string" },
    smoke: { type: "boolean" },
    quick: { type: "boolean" },
    full: { type: "boolean" },
    plot: { type: "string", default: "bench-results/rate-limit.svg" },
  },
});

function rateLimitExtent(): Extent {
  return (["smoke", "quick", "full"] as const).find((extent) => values[extent]) ?? "standard";
}

const benchmarks: Readonly<Record<string, () => Promise<Benchmark>>> = {
  cost: benchCostPerChange,
  bundles: benchBundles,
  "start-up": benchStartUp,
  throughput: benchThroughput,
  "rate-limit": () => benchRateLimit(rateLimitExtent(), values.plot),
  reconciliation: () => benchReconciliation(values.full === true),
};
/** These take minutes. */
const onlyNamed = new Set(["rate-limit", "reconciliation"]);

const named = positionals[0] ?? values.only;
const chosen = Object.entries(benchmarks).filter(([name]) =>
  named === undefined ? !onlyNamed.has(name) : name === named,
);
if (chosen.length === 0) {
  console.error(`${named}: must be one of ${Object.keys(benchmarks).join(", ")}`);
  process.exit(1);
}

const results: Record<string, Benchmark> = {};
for (const [name, bench] of chosen) {
  const result = await bench();
  results[name] = result;
  console.log(`\n${result.title}`);
  if (result.form === "markdown") console.log(`\n${markdownTable(result.rows)}`);
  else console.table(result.rows);
}
if (values.json !== undefined) {
  const machine = { cores: availableParallelism(), node: process.version };
  writeFileSync(
    values.json,
    `${JSON.stringify({ measuredAt: new Date().toISOString(), machine, results }, null, 2)}\n`,
  );
}
process.exit(0);
