/**
 * A worker's process. Everything it does outside its own memory is a step: it takes time, and the process may end or
 * stand still around it. A process that has ended never goes on: its promises stay open for ever.
 */
import type { Chance } from "./chance.ts";
import type { StepFault, StepFaults } from "./step-faults.ts";
import type { VirtualTime } from "./virtual-time.ts";

export type End = "crash" | "lease-end";

export type ProcessWorld = {
  readonly time: VirtualTime;
  readonly chance: Chance;
  readonly faults: StepFaults;
  trace(line: () => string): void;
};

/** What an SDK throws when a service does not answer, or not in time. */
export class InjectedStoreError extends Error {
  override name = "InjectedStoreError";
}

export class WorkerProcess {
  readonly name: string;
  /** Its wall clock minus the true time, in milliseconds. */
  readonly clockAheadMs: number;
  readonly #world: ProcessWorld;
  readonly #onEnd: (process: WorkerProcess, end: End) => void;
  #ended: End | undefined;
  #stalledUntil = 0;
  /** Has a step of the present invocation failed? */
  failed = false;

  constructor(
    name: string,
    world: ProcessWorld,
    onEnd: (process: WorkerProcess, end: End) => void,
    clockAheadMs = 0,
  ) {
    this.name = name;
    this.clockAheadMs = clockAheadMs;
    this.#world = world;
    this.#onEnd = onEnd;
  }

  get isAlive(): boolean {
    return this.#ended === undefined;
  }

  end(end: End): void {
    if (this.#ended !== undefined) return;
    this.#ended = end;
    this.#world.trace(() => `${this.name} ends: ${end}`);
    this.#onEnd(this, end);
  }

  /** One call of a port. */
  async step<Result>(
    name: string,
    call: () => Promise<Result>,
    args: readonly unknown[] = [],
  ): Promise<Result> {
    const { time, faults } = this.#world;
    const fault = faults.next();
    this.#world.trace(() => `${this.name} ${name} ${shown(args)}${fault === undefined ? "" : ` [${fault}]`}`);
    if (fault === "crash-before" || fault === "crash-in-flight") this.end("crash");
    if (fault === "crash-before") return await forEver();
    return await new Promise<Result>((resolve, reject) => {
      const answer = (settle: () => void) => time.after(this.#latencyMs(), () => this.deliver(settle));
      const fail = (error: unknown) => {
        this.failed = true;
        this.#world.trace(() => `${this.name} ${name} failed: ${String(error)}`);
        answer(() => reject(error));
      };
      const succeed = (result: Result) => {
        this.#world.trace(() => `${this.name} ${name} → ${shown(result)}`);
        answer(() => resolve(result));
      };
      time.after(this.#latencyMs() + faults.slowMs(), () => {
        if (fault === "error-before") fail(new InjectedStoreError("before"));
        else call().then((result) => this.#afterEffect(fault, call, result, succeed, fail), fail);
      });
    });
  }

  /** The process sees something, now or when it moves again; never if it has ended. */
  deliver(action: () => void): void {
    if (!this.isAlive) return;
    const { time, faults } = this.#world;
    const stallMs = faults.stallMs();
    if (stallMs > 0) {
      this.#stalledUntil = Math.max(this.#stalledUntil, time.now() + stallMs);
      this.#world.trace(() => `${this.name} stands still for ${stallMs} ms`);
    }
    if (this.#stalledUntil > time.now()) {
      time.after(this.#stalledUntil - time.now(), () => this.isAlive && action());
    } else action();
  }

  #afterEffect<Result>(
    fault: StepFault | undefined,
    call: () => Promise<Result>,
    result: Result,
    succeed: (result: Result) => void,
    fail: (error: unknown) => void,
  ): void {
    switch (fault) {
      case "crash-after":
        this.end("crash");
        return;
      case "lost-answer":
        fail(new InjectedStoreError("answer lost"));
        return;
      case "repeated":
        this.#world.time.after(this.#world.chance.between(50, 1_500), () => {
          call().then(succeed, fail);
        });
        return;
      default:
        succeed(result);
    }
  }

  #latencyMs(): number {
    return this.#world.chance.between(1, 12);
  }
}

export function forEver<Result>(): Promise<Result> {
  return new Promise<Result>(() => undefined);
}

function shown(value: unknown): string {
  const text = JSON.stringify(value, (_name, member: unknown) =>
    member instanceof Uint8Array ? `<${member.length} bytes>` : member,
  );
  return text === undefined ? "nothing" : text.length > 600 ? `${text.slice(0, 600)}…` : text;
}
