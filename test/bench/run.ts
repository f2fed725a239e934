/**
 * `npm run bench`: what a change costs and how fast the system is, on this machine. `-- --json FILE` writes the
 * numbers for tools as well, `-- --only NAME` runs one benchmark. Machines differ: compare ratios and counts.
 */
import { writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { benchBundles } from "./bundles.ts";
import { benchCostPerChange } from "./cost-per-change.ts";
import { benchStartUp } from "./start-up.ts";
import { benchThroughput } from "./throughput.ts";

export type Row = Readonly<Record<string, string | number>>;
export type Benchmark = { readonly title: string; readonly rows: readonly Row[] };

const benchmarks: Readonly<Record<string, () => Promise<Benchmark>>> = {
  cost: benchCostPerChange,
  bundles: benchBundles,
  "start-up": benchStartUp,
  throughput: benchThroughput,
};

const { values } = parseArgs({ options: { json: { type: "string" }, only: { type: "string" } } });
const chosen = Object.entries(benchmarks).filter(
  ([name]) => values.only === undefined || name === values.only,
);
if (chosen.length === 0) {
  console.error(`--only must be one of ${Object.keys(benchmarks).join(", ")}`);
  process.exit(1);
}

const results: Record<string, Benchmark> = {};
for (const [name, bench] of chosen) {
  const result = await bench();
  results[name] = result;
  console.log(`\n${result.title}`);
  console.table(result.rows);
}
if (values.json !== undefined) {
  const machine = { cores: availableParallelism(), node: process.version };
  writeFileSync(
    values.json,
    `${JSON.stringify({ measuredAt: new Date().toISOString(), machine, results }, null, 2)}\n`,
  );
}
process.exit(0);
