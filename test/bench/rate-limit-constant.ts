/**
 * What a constant rate below a strict sliding log's limit comes to, in the model: how near the learned rate is to the
 * best one, which nobody knows beforehand. `node test/bench/rate-limit-constant.ts [seconds]`.
 */
import { figuresOf } from "../shared/rate-limit/model/model-figures.ts";
import { networks } from "../shared/rate-limit/model/model-options.ts";
import { runModel } from "../shared/rate-limit/model/run-model.ts";
import { markdownTable } from "./markdown-table.ts";

const seconds = Number(process.argv[2] ?? 3_600);
const parts = [0.86, 0.88, 0.9, 0.92, 0.94, 1];

const rows: Record<string, string>[] = [];
for (const limit of [2, 10]) {
  for (const form of ["single", "pair"] as const) {
    const row: Record<string, string> = { "sliding-log": `${limit}/s, ${limit} x ${form}` };
    for (const part of parts) {
      const run = await runModel({
        seed: 1,
        seconds,
        counting: "sliding-log",
        limit,
        workers: limit,
        form,
        network: networks.far,
        tellsRetryAfter: true,
        rateLimit: { requestsPerSecond: part * limit, burst: 1, adaptive: false },
      });
      const { utilisation, rejectedPer1000 } = figuresOf(run);
      row[`at ${100 * part} %`] = `${(100 * utilisation).toFixed(1)} % · ${rejectedPer1000.toFixed(1)}`;
    }
    rows.push(row);
  }
}
console.log(markdownTable(rows));
