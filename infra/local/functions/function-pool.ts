/**
 * The processes of one function, as Lambda runs them: each handles one event at a time, more are started on
 * demand up to a cap, idle ones are used again. One that dies is replaced.
 */
import {
  type FunctionProcess,
  type FunctionSettings,
  type InvocationResult,
  startFunctionProcess,
} from "./function-process.ts";

/** Lambda's limit of a synchronous invocation's request and of its response, in bytes. */
const maxPayloadBytes = 6_291_556;

/**
 * How long an invocation waits for a busy process before another one is started. Lambda does not wait, but it has
 * more than a laptop's processors: many processes with little to do each are slower here than a few warm ones.
 */
const patienceMs = 100;

/** One process is always kept; more end after they had nothing to do for this long. */
const idleMs = 60_000;

export class FunctionPool {
  readonly name: string;
  readonly #settings: FunctionSettings;
  readonly #maximumProcesses: number;
  readonly #onProcessesChanged: () => void;
  readonly #processes = new Set<FunctionProcess>();
  readonly #idle: { readonly process: FunctionProcess; readonly retire: NodeJS.Timeout }[] = [];
  /** Invocations that wait for a process. */
  readonly #waiting: PromiseWithResolvers<FunctionProcess>[] = [];
  #starting = 0;
  #roomAppeared = Promise.withResolvers<void>();
  #stopping = false;

  /** @param onProcessesChanged called after every change of {@link processIds} */
  constructor(settings: FunctionSettings, maximumProcesses: number, onProcessesChanged: () => void) {
    this.name = settings.name;
    this.#settings = settings;
    this.#maximumProcesses = maximumProcesses;
    this.#onProcessesChanged = onProcessesChanged;
  }

  get processIds(): number[] {
    return [...this.#processes].map(({ processId }) => processId).filter((id) => id !== undefined);
  }

  /** Starts the first process. @throws {Error} if the bundle cannot be loaded */
  async warm(): Promise<void> {
    await this.#start().ready;
  }

  /** Waits for a free process if all are busy. An invocation that fails is an answer, not an exception. */
  async invoke(event: unknown): Promise<InvocationResult> {
    const text = JSON.stringify(event);
    if (Buffer.byteLength(text) > maxPayloadBytes) {
      return failure("RequestEntityTooLargeException", `the event is larger than ${maxPayloadBytes} bytes`);
    }
    if (this.#stopping) return failure("Stopped", "the local stack stops");
    let process: FunctionProcess;
    try {
      process = await this.#acquire();
    } catch (error) {
      return failure("Runtime.InitError", error instanceof Error ? error.message : String(error));
    }
    const result = await process.invoke(text);
    this.#release(process);
    if (result.ok && Buffer.byteLength(result.payload) > maxPayloadBytes) {
      return failure("Function.ResponseSizeTooLarge", `the response is larger than ${maxPayloadBytes} bytes`);
    }
    return result;
  }

  /** Resolves when an invocation would find a process at once or may start one, and when the pool stops. */
  async untilRoom(): Promise<void> {
    const full = () => this.#idle.length === 0 && this.#processes.size >= this.#maximumProcesses;
    while (!this.#stopping && (this.#waiting.length > 0 || full())) await this.#roomAppeared.promise;
  }

  /** Lets running invocations end for at most `graceMs`, then kills every process. */
  async stop(graceMs: number): Promise<void> {
    this.#stopping = true;
    this.#announceRoom();
    for (const waiting of this.#waiting.splice(0)) waiting.reject(new Error("the local stack stops"));
    for (const { process } of this.#idle.splice(0)) process.kill();
    const overdue = setTimeout(() => this.kill(), graceMs);
    await Promise.all([...this.#processes].map(({ ended }) => ended));
    clearTimeout(overdue);
  }

  /** Ends every process at once. */
  kill(): void {
    this.#stopping = true;
    for (const process of this.#processes) process.kill();
  }

  #acquire(): Promise<FunctionProcess> {
    const idle = this.#idle.pop();
    if (idle !== undefined) {
      clearTimeout(idle.retire);
      return Promise.resolve(idle.process);
    }
    const waiting = Promise.withResolvers<FunctionProcess>();
    this.#waiting.push(waiting);
    if (this.#processes.size === 0) this.#startForWaiting();
    else setTimeout(() => this.#startForWaiting(), patienceMs);
    return waiting.promise;
  }

  #release(process: FunctionProcess): void {
    if (!process.usable) return;
    const waiting = this.#waiting.shift();
    if (this.#stopping) {
      process.kill();
    } else if (waiting !== undefined) {
      waiting.resolve(process);
    } else {
      const retire = setTimeout(() => {
        if (this.#processes.size > 1) this.#retire(process);
      }, idleMs).unref();
      this.#idle.push({ process, retire });
    }
    this.#announceRoom();
  }

  #retire(process: FunctionProcess): void {
    const position = this.#idle.findIndex((idle) => idle.process === process);
    for (const { retire } of position < 0 ? [] : this.#idle.splice(position, 1)) clearTimeout(retire);
    process.kill();
  }

  #startForWaiting(): void {
    if (this.#stopping) return;
    while (this.#starting < this.#waiting.length && this.#processes.size < this.#maximumProcesses)
      this.#start();
  }

  #start(): FunctionProcess {
    const process = startFunctionProcess(this.#settings);
    this.#processes.add(process);
    this.#starting += 1;
    let loaded = false;
    process.ready.then(
      () => {
        loaded = true;
        this.#starting -= 1;
        this.#release(process);
      },
      (error: unknown) => {
        this.#starting -= 1;
        this.#waiting.shift()?.reject(error);
      },
    );
    void process.ended.then(() => this.#forget(process, loaded));
    this.#onProcessesChanged();
    return process;
  }

  #forget(process: FunctionProcess, loaded: boolean): void {
    this.#processes.delete(process);
    this.#retire(process);
    if (!this.#stopping) {
      // One that cannot even load would die again and again: it is tried again only when it is needed.
      if (this.#processes.size === 0 && loaded) this.#start();
      this.#startForWaiting();
    }
    this.#announceRoom();
    this.#onProcessesChanged();
  }

  #announceRoom(): void {
    this.#roomAppeared.resolve();
    this.#roomAppeared = Promise.withResolvers<void>();
  }
}

function failure(errorType: string, message: string): InvocationResult {
  return { ok: false, errorType, message };
}
