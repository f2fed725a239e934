import { fork } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { join } from "node:path";
import {
  type EngineHostReady,
  type EngineHostReport,
  type EngineHostTask,
  stopEngines,
} from "./engine-host-protocol.ts";
import { EngineUnavailableError } from "./engine-unavailable-error.ts";
import { killIfAlive } from "./kill-if-alive.ts";

/** A host process whose engines listen. */
export interface EngineHost {
  readonly ready: EngineHostReady;
  readonly processIds: number[];
  /** Settles when the engines have ended: with the reason, or with undefined if `stop` ended them. */
  readonly ended: Promise<EngineUnavailableError | undefined>;
  /** Ends every process within two seconds. What was acknowledged stays in the data folder. */
  stop(): Promise<void>;
}

const startDeadlineMs = 15_000;
const stopDeadlineMs = 1500;

/**
 * Starts the host process and returns when its engines listen.
 * @throws EngineUnavailableError once no process is left
 */
export async function forkEngineHost(task: EngineHostTask): Promise<EngineHost> {
  const logFile = join(task.dataDir, "engines.log");
  const log = openSync(logFile, "a");
  const host = fork(join(import.meta.dirname, "engine-host.ts"), [JSON.stringify(task)], {
    // Its own process group: Ctrl-C reaches the parent only, whose functions finish before their tables go.
    detached: true,
    // What the user's environment sets for Node or for fauxqs is not meant for this process.
    env: {},
    execArgv: ["--disable-warning=ExperimentalWarning"],
    stdio: ["ignore", log, log, "ipc"],
  });
  closeSync(log);

  const exited = Promise.withResolvers<void>();
  const ready = Promise.withResolvers<EngineHostReady>();
  const ended = Promise.withResolvers<EngineUnavailableError | undefined>();
  host.on("message", (report: EngineHostReport) => {
    if (report.kind === "ready") ready.resolve(report);
    else ended.resolve(new EngineUnavailableError(report.code, report.message));
  });
  host.once("exit", (code, signal) => {
    const how = `The local engines ended (${signal ?? `exit code ${code}`}), see ${logFile}`;
    ended.resolve(new EngineUnavailableError("ended", how));
    exited.resolve();
  });

  const killHost = () => host.kill("SIGKILL");
  const overdue = setTimeout(killHost, startDeadlineMs);
  const first = await Promise.race([ready.promise, ended.promise]);
  clearTimeout(overdue);
  if (first === undefined || first instanceof EngineUnavailableError) {
    await exited.promise;
    throw first;
  }

  const dynamodbProcess = first.dynamodb?.processId;
  // The host takes the DynamoDB engine along, but not when it is itself killed with SIGKILL.
  if (dynamodbProcess !== undefined) host.once("exit", () => killIfAlive(dynamodbProcess));
  return {
    ready: first,
    processIds: [host.pid, dynamodbProcess].filter((processId) => processId !== undefined),
    ended: ended.promise,
    async stop() {
      ended.resolve(undefined);
      // A host that can no longer be told is about to exit.
      if (host.connected) host.send(stopEngines, () => undefined);
      const overdueStop = setTimeout(killHost, stopDeadlineMs);
      await exited.promise;
      clearTimeout(overdueStop);
    },
  };
}
