/**
 * The shared rate limit next to its peers: several worker processes with an endless backlog against a simulated
 * provider over HTTP. Prints a line per wave as it goes, writes a plot, and leaves nothing else behind.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { loadavg } from "node:os";
import { dirname } from "node:path";
import { markdownTable } from "../markdown-table.ts";
import type { Benchmark, Row } from "../run.ts";
import { BenchWorld } from "./bench-world.ts";
import type { MachineLoad } from "./machine-load.ts";
import { type Extent, waves } from "./matrix.ts";
import { type PlottedResult, plotRates } from "./plot.ts";
import { runWave } from "./run-wave.ts";
import { summarize, tableRow } from "./summary.ts";

/** Above it, others use the machine, and what is measured is theirs as well. */
const IDLE_LOAD = 0.5;
const BUSY_SHARE = 0.8;

export async function benchRateLimit(extent: Extent, plotFile: string): Promise<Benchmark> {
  const planned = waves(extent);
  const seconds = planned.reduce((sum, wave) => sum + Math.max(...wave.cells.map((cell) => cell.seconds)), 0);
  console.error(`rate-limit: ${planned.length} waves, about ${Math.ceil((seconds * 1.25) / 60)} minutes`);
  const [loadBefore = 0] = loadavg();
  if (loadBefore > IDLE_LOAD) console.error(`The machine is not idle (load ${loadBefore.toFixed(1)}).`);

  const starting = BenchWorld.start();
  const interrupted = () => void starting.then((started) => started.stop()).finally(() => process.exit(130));
  process.once("SIGINT", interrupted).once("SIGTERM", interrupted);
  const world = await starting;
  const table: Row[] = [];
  const failed: number[] = [];
  const plotted: PlottedResult[] = [];
  try {
    for (const [index, { cells }] of planned.entries()) {
      const wave = await runWave(world, cells).catch(noted);
      if (wave === undefined) {
        await world.clear();
        failed.push(index + 1);
        continue;
      }
      const { results, machine } = wave;
      const rows = results.map(summarize).map(tableRow);
      table.push(...rows);
      for (const [cellIndex, result] of results.entries()) {
        const panel = cells[cellIndex]?.panel;
        if (panel !== undefined) plotted.push({ panel, result });
      }
      // Told at once: a later wave may fail, and minutes would be lost.
      console.error(
        `\nwave ${index + 1} of ${planned.length}: ${machineLine(machine)}\n${markdownTable(rows)}`,
      );
    }
  } finally {
    process.off("SIGINT", interrupted).off("SIGTERM", interrupted);
    await world.stop();
  }
  mkdirSync(dirname(plotFile), { recursive: true });
  writeFileSync(plotFile, plotRates(plotted));
  console.error(`plot: ${plotFile}`);
  return {
    title:
      "One rate limit for all workers (150 ms per call, 40 ms each way; load before: " +
      `${loadBefore.toFixed(1)})${failed.length === 0 ? "" : `; failed: wave ${failed.join(", ")}`}`,
    rows: table,
    form: "markdown",
  };
}

/** The other waves are measured all the same. */
function noted(error: unknown): undefined {
  console.error(error);
}

function machineLine({ busy, timerLagMs }: MachineLoad): string {
  const line = `machine ${(100 * busy).toFixed(0)} % busy, timers up to ${timerLagMs.toFixed(0)} ms late`;
  return busy > BUSY_SHARE ? `${line} (too busy to trust)` : line;
}
