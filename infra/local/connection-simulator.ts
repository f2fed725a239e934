/** A simulated provider for a connection, in a process of its own. */
import { fork } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { StartError } from "./start-error.ts";

export type SimulatorSettings = {
  readonly provider: string;
  readonly connection: string;
  /** The only key that it accepts. */
  readonly apiKey: string;
  /** Keeps its workspace. */
  readonly dataFile: string;
  /** Fill a new workspace with the demo's definitions. */
  readonly demo: boolean;
  readonly logFile: string;
};

export type ConnectionSimulator = {
  readonly url: string;
  /** Settles, with what to tell the user, if it ends without having been stopped. */
  readonly failed: Promise<Error>;
  stop(): Promise<void>;
  kill(): void;
};

const startDeadlineMs = 15_000;
const stopDeadlineMs = 1_000;

/** @throws {StartError} if it does not come up */
export async function startConnectionSimulator(settings: SimulatorSettings): Promise<ConnectionSimulator> {
  const { logFile, ...options } = settings;
  const log = openSync(logFile, "a", 0o600);
  const child = fork(`${import.meta.dirname}/simulators/simulator-process.ts`, [], {
    env: { SIMULATOR_OPTIONS: JSON.stringify({ ...options, port: 0 }) },
    execArgv: [],
    stdio: ["ignore", log, log, "ipc"],
  });
  closeSync(log);
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const url = new Promise<string>((resolve) => {
    child.once("message", (message: { ready: true; url: string }) => resolve(message.url));
  });
  const ready = await Promise.race([
    url,
    ended.then(() => undefined),
    delay(startDeadlineMs, undefined, { ref: false }),
  ]);
  if (ready === undefined) {
    child.kill("SIGKILL");
    throw new StartError(
      `The simulator of the connection ${settings.connection} did not start (see ${logFile})`,
    );
  }
  const failed = Promise.withResolvers<Error>();
  let stopping = false;
  void ended.then(() => {
    const message = `The simulator of the connection ${settings.connection} ended (see ${logFile})`;
    if (!stopping) failed.resolve(new StartError(message));
  });
  return {
    url: ready,
    failed: failed.promise,
    kill() {
      stopping = true;
      child.kill("SIGKILL");
    },
    async stop() {
      stopping = true;
      child.kill("SIGTERM");
      await Promise.race([ended, delay(stopDeadlineMs, undefined, { ref: false })]);
      child.kill("SIGKILL");
      await ended;
    },
  };
}
