/** `npm start`: the whole system on this machine, until Ctrl-C. */
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ConfigurationError } from "../../shared/platform/config.ts";
import { baseUrlWarnings } from "../../shared/providers/connection-notes.ts";
import { readRunConfiguration } from "./connections.ts";
import { type DataFolder, openDataFolder } from "./data-folder.ts";
import { runDemo } from "./demo/run-demo.ts";
import { EngineUnavailableError } from "./engines/engine-unavailable-error.ts";
import { parseOptions, type StartOptions, usage } from "./options.ts";
import { RunningParts } from "./running-parts.ts";
import { startStack } from "./stack.ts";
import type { StackDescription } from "./stack-description.ts";
import { StartError } from "./start-error.ts";
import { TemplateError } from "./template/template.ts";

/** Everything has stopped, or is killed, by then. */
const stopDeadlineMs = 4_500;

/** npm passes a Ctrl-C on that the terminal has sent to this process already; that is not a second one. */
const sameSignalMs = 500;

const print = (line: string): void => console.log(line);
const parts = new RunningParts();
let stoppingSince: number | undefined;

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, stop);
stopWithNpm();
try {
  const options = parseOptions(process.argv.slice(2));
  if (options.help) print(usage);
  else await start(options);
} catch (error) {
  giveUp(error);
}

async function start(options: StartOptions): Promise<void> {
  const startedAt = performance.now();
  const configuration = readRunConfiguration(join(import.meta.dirname, "../../cdk.json"), options);
  const called = configuration.connections.filter(({ id }) => options.connectionUrls.has(id));
  for (const warning of baseUrlWarnings(called)) console.error(`Warning: ${warning}`);
  const folder = openDataFolder(options.data, options.fresh);
  // Once per folder, and never at a real provider, because the demo edits definitions.
  const demo = options.demo && options.connectionUrls.size === 0 && !existsSync(folder.demoMarker);
  const done: string[] = [];
  const stack = await startStack(
    {
      options,
      configuration,
      folder,
      environment: process.env,
      demo,
      onProgress: (part) => done.push(`${part} at ${secondsSince(startedAt)}`),
    },
    parts,
  );
  void stack.failed.then(giveUp);
  print(`started in ${secondsSince(startedAt)} (${done.join(", ")}); everything is in ${folder.path}`);
  if (demo) await tellDemo(stack.description, folder);
  else writeFileSync(folder.demoMarker, "");
  print(`ready ${stack.description.apiUrl}`);
}

/** A demo that fails keeps nobody from using the stack; it is tried again at the next start. */
async function tellDemo(description: StackDescription, folder: DataFolder): Promise<void> {
  try {
    await runDemo(description, print);
    writeFileSync(folder.demoMarker, "");
  } catch (error) {
    console.error("The demo failed:", error);
  }
}

function secondsSince(startedAt: number): string {
  return `${((performance.now() - startedAt) / 1_000).toFixed(1)} s`;
}

/** Asked for a second time, it no longer waits for anything. */
function stop(): void {
  if (stoppingSince === undefined) {
    stoppingSince = performance.now();
    setTimeout(() => end(0), stopDeadlineMs);
    parts.stop().then(
      () => process.exit(0),
      () => end(0),
    );
  } else if (performance.now() - stoppingSince > sameSignalMs) {
    end(130);
  }
}

/** When npm is killed it cannot tell; a stack that nobody can reach by Ctrl-C any more should not stay. */
function stopWithNpm(): void {
  if (process.env["npm_lifecycle_event"] !== "start") return;
  const parent = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(watch);
    stop();
  }, sameSignalMs);
  watch.unref();
}

function giveUp(error: unknown): void {
  // What was still starting cannot go on while everything stops.
  if (stoppingSince !== undefined) return;
  const forTheUser = [StartError, ConfigurationError, TemplateError, EngineUnavailableError].some(
    (known) => error instanceof known,
  );
  console.error(forTheUser && error instanceof Error ? error.message : error);
  end(1);
}

/** Without waiting for anything. */
function end(exitCode: number): void {
  parts.kill();
  process.exit(exitCode);
}
