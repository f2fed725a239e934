/** What a stack has started, so that it can be stopped at any time, also half started. */

export type Part = {
  /** Orderly; within about two seconds. */
  stop(): Promise<void>;
  /** At once; only for parts that are processes. */
  kill?(): void;
};

/** Work is stopped before the ground that it stands on. */
const layers = ["work", "ground"] as const;

export class RunningParts {
  readonly #parts: Record<(typeof layers)[number], Part[]> = { work: [], ground: [] };
  #stopping = false;

  /** Keeps the part until the end; one that arrives after the end is killed. */
  add<P extends Part>(layer: (typeof layers)[number], part: P): P {
    this.#parts[layer].push(part);
    if (this.#stopping) part.kill?.();
    return part;
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    for (const layer of layers) await Promise.all(this.#parts[layer].map((part) => part.stop()));
  }

  kill(): void {
    this.#stopping = true;
    for (const layer of layers) for (const part of this.#parts[layer]) part.kill?.();
  }
}
