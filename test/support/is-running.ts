import { readFileSync } from "node:fs";

/**
 * Whether a process still runs. One that has ended but that its parent has not fetched yet (state Z; in a
 * container without an init process it stays so for good) does not.
 */
export function isRunning(processId: number): boolean {
  try {
    process.kill(processId, 0);
    return process.platform !== "linux" || !/\) Z /.test(readFileSync(`/proc/${processId}/stat`, "utf8"));
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code === "ESRCH" || code === "ENOENT") return false;
    throw error;
  }
}
