/**
 * Runs the simulation: `npm run simulate -- --seeds 100000` for many seeds, `--seed 7` for one and its whole story,
 * `--creates 20000` for creates with lost answers. Every seed can be replayed exactly.
 */
import { CREATES_PER_RUN, createsScenario, reportOfCreates } from "./creates.ts";
import { checkRun } from "./model/check-run.ts";
import { type RunOptions, runOptionsOf } from "./run-options.ts";
import { storeTextsPlain } from "./world/plain-storage.ts";
import { scenarioOf } from "./world/scenario.ts";
import { simulate } from "./world/simulation.ts";

const options = optionsOrExit();

storeTextsPlain();
const found =
  options.creates !== undefined
    ? await runCreates(options.creates, options.lost)
    : options.seed === undefined
      ? await runMany(options)
      : await tell(options.seed);
process.exitCode = found === 0 ? 0 : 1;

function optionsOrExit(): RunOptions {
  try {
    return runOptionsOf(process.argv.slice(2));
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    console.error(error.message);
    process.exit(2);
  }
}

async function tell(seed: number): Promise<number> {
  const scenario = scenarioOf(seed);
  console.log(JSON.stringify(scenario, null, 2));
  const run = await simulate(scenario, { trace: (line) => console.log(line) });
  for (const { requestId, status, epoch, attempts, result } of run.tables.requests.values()) {
    console.log(`${requestId}/${epoch} ${status} after ${attempts} attempts ${JSON.stringify(result ?? {})}`);
  }
  const found = await checkRun(run);
  for (const violation of found) console.log(`VIOLATION ${violation}`);
  return found.length;
}

async function runMany({ from, seeds }: RunOptions): Promise<number> {
  // Nobody reads the stacks of the errors that are made on purpose.
  Error.stackTraceLimit = 0;
  const outcomes = new Map<string, number>();
  let failed = 0;
  const startedAt = performance.now();
  for (let seed = from; seed < from + seeds; seed += 1) {
    const run = await simulate(scenarioOf(seed));
    for (const { status, result } of run.tables.requests.values()) {
      const outcome = status === "failed" ? `failed (${result?.reason})` : status;
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
    }
    const found = await checkRun(run);
    if (found.length > 0) failed += 1;
    for (const violation of found) console.log(`seed ${seed}: ${violation}`);
  }
  const perSecond = seeds / ((performance.now() - startedAt) / 1_000);
  console.log(`${seeds} seeds, ${failed} with violations, ${perSecond.toFixed(0)} seeds per second`);
  console.log([...outcomes].map(([outcome, count]) => `${outcome}: ${count}`).join(", "));
  return failed;
}

async function runCreates(creates: number, lost: number): Promise<number> {
  Error.stackTraceLimit = 0;
  const runs = Math.ceil(creates / CREATES_PER_RUN);
  let failed = 0;
  const total = { creates: 0, unanswered: 0, undecided: 0, duplicates: 0 };
  for (let seed = 1; seed <= runs; seed += 1) {
    const run = await simulate(createsScenario(seed, lost));
    const report = reportOfCreates(run);
    for (const name of Object.keys(total) as (keyof typeof total)[]) total[name] += report[name];
    for (const violation of await checkRun(run)) {
      failed += 1;
      console.log(`creates, seed ${seed}: ${violation}`);
    }
  }
  const decided = 1 - total.undecided / Math.max(1, total.unanswered);
  console.log(
    `${total.creates} creates, ${total.unanswered} with lost answers: ${total.duplicates} duplicates, ` +
      `${(100 * decided).toFixed(2)} % decided without a person`,
  );
  return failed + total.duplicates;
}
