/** Prints what the limiter comes to in the model: `node test/bench/rate-limit-model.ts [seconds] [seeds]`. */
import { figuresOf, type ModelFigures } from "../shared/rate-limit/model/model-figures.ts";
import { type ModelOptions, networks } from "../shared/rate-limit/model/model-options.ts";
import { runModel } from "../shared/rate-limit/model/run-model.ts";
import { markdownTable } from "./markdown-table.ts";

type Cell = Omit<ModelOptions, "seed" | "seconds">;

const seconds = Number(process.argv[2] ?? 600);
const seeds = Number(process.argv[3] ?? 2);
const countings = ["token-bucket", "sliding-log", "fixed-window"] as const;
const sizes = [
  { workers: 2, limit: 2 },
  { workers: 10, limit: 10 },
  { workers: 50, limit: 10 },
  { workers: 50, limit: 50 },
];
/** How much an unknown limit's ceiling lies above it. */
const CEILING = 5;

const cells: Cell[] = [1, CEILING].flatMap((ceiling) =>
  countings.flatMap((counting) =>
    sizes.flatMap((size) =>
      (["single", "pair"] as const).map((form) => ({
        ...size,
        counting,
        form,
        network: networks.far,
        tellsRetryAfter: true,
        rateLimit: { requestsPerSecond: ceiling * size.limit, burst: 1, adaptive: true },
      })),
    ),
  ),
);
const halved: Cell[] = countings.map((counting) => ({
  workers: 10,
  limit: 10,
  counting,
  form: "single",
  network: networks.far,
  tellsRetryAfter: true,
  event: "limit-halved",
  rateLimit: { requestsPerSecond: 10 * CEILING, burst: 1, adaptive: true },
}));

const rows: Record<string, string>[] = [];
for (const cell of [...cells, ...halved]) {
  const figures: ModelFigures[] = [];
  for (let seed = 1; seed <= seeds; seed += 1) {
    figures.push(figuresOf(await runModel({ ...cell, seed, seconds })));
  }
  const mean = (key: keyof ModelFigures) => figures.reduce((sum, each) => sum + each[key], 0) / seeds;
  const most = (key: keyof ModelFigures) => Math.max(...figures.map((each) => each[key]));
  const isKnown = cell.rateLimit.requestsPerSecond === cell.limit;
  const limit = `${cell.limit}/s ${isKnown ? "known" : "unknown"}`;
  rows.push({
    provider: `${cell.counting}, ${limit}${cell.event === undefined ? "" : ", halved"}`,
    workers: `${cell.workers} x ${cell.form}`,
    used: `${(100 * mean("settledUtilisation")).toFixed(1)} %`,
    "429 per 1000": mean("rejectedPer1000").toFixed(1),
    "90 % after": `${(most("reachedAfterMs") / 1_000).toFixed(0)} s`,
    "writes per call": mean("writesPerCall").toFixed(2),
    "most in 1 s": `${most("mostSentInASecond")}`,
    "wait p50 / p95": `${mean("waitP50Ms").toFixed(0)} / ${mean("waitP95Ms").toFixed(0)} ms`,
  });
}
console.log(markdownTable(rows));
