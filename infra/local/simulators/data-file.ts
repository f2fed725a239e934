/**
 * A simulator's data on disk, so that a restarted local stack finds it again: a first line with everything, then one
 * line per change. A change is written before its request is answered: after a `kill -9` the file holds every
 * answered effect.
 */
import { appendFileSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

/** Changes may take so much more room than the first line before they are folded into it. */
const FOLD_BYTES = 8_000_000;

export class DataFile {
  readonly #path: string;
  #unfoldedBytes = 0;

  constructor(path: string) {
    this.#path = path;
  }

  /** The complete lines; absent where there is no such file. @throws the file system's error otherwise */
  lines(): readonly string[] | undefined {
    try {
      // What follows the last line end is a line that was being written when the process died, or nothing.
      return readFileSync(this.#path, "utf8").split("\n").slice(0, -1);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
      throw error;
    }
  }

  /** Puts one line in the place of all. The file is the old one or the new one, never a part of either. */
  replace(line: string): void {
    mkdirSync(dirname(this.#path), { recursive: true });
    const unfinished = `${this.#path}.${process.pid}.tmp`;
    writeFileSync(unfinished, `${line}\n`);
    renameSync(unfinished, this.#path);
    this.#unfoldedBytes = 0;
  }

  append(line: string): void {
    appendFileSync(this.#path, `${line}\n`);
    this.#unfoldedBytes += line.length;
  }

  /** Have so many changes come together that {@link replace} is due? */
  get shouldFold(): boolean {
    return this.#unfoldedBytes > FOLD_BYTES;
  }
}
