import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { EngineUnavailableError } from "./engine-unavailable-error.ts";
import { killIfAlive } from "./kill-if-alive.ts";
import { localHost } from "./local-endpoint.ts";
import { claimFreePort } from "./local-port.ts";

/** A DynamoDB engine that listens. It is killed when this process exits. */
export interface Dynoxide {
  readonly port: number;
  readonly processId: number;
  /** Settles when the process has ended, for whatever reason; says how. */
  readonly ended: Promise<string>;
  /** Lets it close its database, and kills it if that takes longer than `graceMs`. */
  stop(graceMs: number): Promise<void>;
}

/** Attempts to find a free port that nobody takes before the engine does. */
const portAttempts = 5;

const strayDeadlineMs = 2000;
const strayPollMs = 10;

/**
 * Starts the DynamoDB engine on a database file and returns when it listens.
 * @param port 0 chooses a free one
 * @throws EngineUnavailableError `port-taken` or `start-failed`
 */
export async function startDynoxide(binary: string, databaseFile: string, port: number): Promise<Dynoxide> {
  await killStrayDynoxide(databaseFile);
  for (let attempt = 1; ; attempt++) {
    const chosen = await claimFreePort(port, "DynamoDB");
    try {
      return await spawnDynoxide(binary, databaseFile, chosen);
    } catch (error) {
      // Only a port that we chose ourselves can be replaced by another one.
      if (port !== 0 || attempt === portAttempts) throw error;
    }
  }
}

async function spawnDynoxide(binary: string, databaseFile: string, port: number): Promise<Dynoxide> {
  const child = spawn(
    binary,
    ["serve", "--host", localHost, "--port", String(port), "--db-path", databaseFile],
    { stdio: ["ignore", "ignore", "pipe"] },
  );
  const kill = () => child.kill("SIGKILL");
  // Also while it is still starting, it must not outlive this process.
  process.once("exit", kill);
  const ended = new Promise<string>((resolve) => {
    child.once("exit", (code, signal) => resolve(signal ?? `exit code ${code}`));
    child.once("error", (error) => resolve(error.message));
  }).finally(() => process.off("exit", kill));

  const output = await untilListening(child, ended);
  if (output !== undefined || child.pid === undefined) {
    kill();
    throw new EngineUnavailableError("start-failed", `The DynamoDB engine did not start: ${output}`);
  }
  return {
    port,
    processId: child.pid,
    ended,
    async stop(graceMs) {
      child.kill("SIGTERM");
      const overdue = setTimeout(kill, graceMs);
      await ended;
      clearTimeout(overdue);
    },
  };
}

/**
 * Undefined when it listens, else what it said before it ended. Its own line is the signal: a connection
 * that succeeds could also reach a stranger who took the port first.
 */
async function untilListening(child: ChildProcess, ended: Promise<string>): Promise<string | undefined> {
  let output = "";
  const listening = new Promise<undefined>((resolve) => {
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      process.stderr.write(text);
      if (output.length < 2000) output += text;
      if (output.includes("listening on")) resolve(undefined);
    });
  });
  const failed = ended.then(async (how) => {
    if (child.stderr && !child.stderr.closed) await once(child.stderr, "close");
    return output.trim().split("\n").at(-1) || how;
  });
  return await Promise.race([listening, failed]);
}

/**
 * Ends every DynamoDB engine that still serves this database file and waits until none is left. The caller
 * owns the data folder, so such a process was left behind by a host that was itself killed with SIGKILL.
 * It is found by its command line, which, unlike a remembered process id, cannot come to mean another process.
 */
async function killStrayDynoxide(databaseFile: string): Promise<void> {
  for (let waitedMs = 0; waitedMs < strayDeadlineMs; waitedMs += strayPollMs) {
    const strays = processesServing(databaseFile);
    if (strays.length === 0) return;
    for (const processId of strays) killIfAlive(processId);
    await delay(strayPollMs);
  }
  throw new EngineUnavailableError(
    "data-in-use",
    `A DynamoDB engine on ${databaseFile} that an earlier run left behind cannot be ended`,
  );
}

function processesServing(databaseFile: string): number[] {
  // The binary exists for Linux only, and so does /proc.
  if (process.platform !== "linux") return [];
  return readdirSync("/proc")
    .filter((entry) => /^\d+$/.test(entry))
    .filter((entry) => {
      const commandLine = commandLineOf(entry);
      return commandLine[1] === "serve" && commandLine.includes(databaseFile);
    })
    .map(Number);
}

/** Empty for a process that has ended meanwhile, and for one of another user, which is not ours to end. */
function commandLineOf(processId: string): string[] {
  try {
    return readFileSync(`/proc/${processId}/cmdline`, "utf8").split("\0");
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "";
    if (["ENOENT", "ESRCH", "EACCES", "EPERM"].includes(code)) return [];
    throw error;
  }
}
