/** The data folder: what a local stack keeps, one stack at a time. */
import { existsSync, mkdirSync, readdirSync, realpathSync, rmSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { StartError } from "./start-error.ts";

/** Everything that a stack writes has its place here, so that `--fresh` removes nothing else. */
export type DataFolder = {
  readonly path: string;
  readonly engines: string;
  readonly simulators: string;
  readonly synthesized: string;
  readonly logs: string;
  readonly stackFile: string;
  readonly tokensFile: string;
  /** Exists as soon as the demo has run here or has been declined. */
  readonly demoMarker: string;
};

const names = {
  engines: "engines",
  simulators: "simulators",
  synthesized: "cdk.out",
  logs: "logs",
  stackFile: "stack.json",
  tokensFile: "api-tokens.json",
  demoMarker: "demo-settled",
} as const;

/** Its presence says that a folder is a local stack's. */
const marker = ".test-case-sync";
const sqliteBusy = 5;

/**
 * Takes the folder for this process, makes it if need be, and empties it for a fresh start.
 * @throws {StartError} if another stack runs there, or if `fresh` would remove files that are not a stack's
 */
export function openDataFolder(given: string, fresh: boolean): DataFolder {
  const path = madeFolder(given);
  if (fresh && readdirSync(path).length > 0 && !existsSync(join(path, marker))) {
    throw new StartError(`${path} is not empty and was not made by npm start: --fresh leaves it alone`);
  }
  lock(path);
  if (fresh) {
    for (const name of Object.values(names)) rmSync(join(path, name), { recursive: true, force: true });
  }
  const folder: DataFolder = {
    path,
    engines: join(path, names.engines),
    simulators: join(path, names.simulators),
    synthesized: join(path, names.synthesized),
    logs: join(path, names.logs),
    stackFile: join(path, names.stackFile),
    tokensFile: join(path, names.tokensFile),
    demoMarker: join(path, names.demoMarker),
  };
  for (const part of [folder.engines, folder.simulators, folder.logs]) mkdirSync(part, { recursive: true });
  return folder;
}

/** Made level by level: Node's recursive mkdir never returns below some special folders, such as /proc. */
function madeFolder(given: string): string {
  try {
    const missing: string[] = [];
    for (let level = resolve(given); !existsSync(level); level = dirname(level)) missing.unshift(level);
    for (const level of missing) mkdirSync(level);
    readdirSync(given);
    return realpathSync(given);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : String(error);
    throw new StartError(`${given} cannot be the data folder (${code}); choose another one with --data`);
  }
}

/**
 * SQLite's lock is one of the operating system: it works everywhere and ends with the process, however that ends.
 * A file with a process id would have to be cleaned up, and the id may mean another process by then.
 */
function lock(path: string): void {
  const database = openedLock(path);
  try {
    database.exec("BEGIN EXCLUSIVE");
  } catch (error) {
    if (error instanceof Error && "errcode" in error && error.errcode === sqliteBusy) {
      throw new StartError(`Another stack is running on ${path}; choose another folder with --data`);
    }
    throw error;
  }
  // Until then the handle is held; garbage collection would close it and end the lock.
  process.once("exit", () => database.close());
}

function openedLock(path: string): DatabaseSync {
  try {
    return new DatabaseSync(join(path, marker));
  } catch {
    throw new StartError(
      `${path} cannot be the data folder: nothing can be written there; choose another one with --data`,
    );
  }
}
