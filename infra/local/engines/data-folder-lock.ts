import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { EngineUnavailableError } from "./engine-unavailable-error.ts";

const sqliteBusy = 5;

/** How long the engines of a parent that has just been killed may take to let go of the folder. */
const handoverMs = 2000;

/**
 * Makes this process the only owner of the data folder for as long as it lives: two queue engines on one
 * folder would each deliver the messages that the other holds in memory. A lock of the operating system
 * (SQLite's, which works everywhere) needs no cleaning up after a crash, as a file with a process id would.
 * @throws EngineUnavailableError `data-in-use`
 */
export function lockDataFolder(dataDir: string): void {
  const lock = new DatabaseSync(join(dataDir, "engines.lock"), { timeout: handoverMs });
  try {
    lock.exec("BEGIN EXCLUSIVE");
  } catch (error) {
    if (error instanceof Error && "errcode" in error && error.errcode === sqliteBusy) {
      throw new EngineUnavailableError(
        "data-in-use",
        `The data folder ${dataDir} is in use by engines that are still running`,
      );
    }
    throw error;
  }
  // The lock ends when the handle is closed, also by garbage collection.
  process.once("exit", () => lock.close());
}
