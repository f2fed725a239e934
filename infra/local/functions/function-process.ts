/** One running function: a process that loads the bundle and handles one event at a time. */
import { fork } from "node:child_process";
import { randomUUID } from "node:crypto";
import { appendFileSync, closeSync, openSync } from "node:fs";
import type { RuntimeReport, RuntimeTask } from "./runtime-protocol.ts";

export type FunctionSettings = RuntimeTask & {
  /** In logs and in `stack.json`. */
  readonly name: string;
  /** Exactly what the process gets; nothing is inherited. */
  readonly environment: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  /** Takes what the function prints, and how its process ended. */
  readonly logFile: string;
};

export type InvocationResult =
  | { readonly ok: true; readonly payload: string }
  | { readonly ok: false; readonly errorType: string; readonly message: string };

export type FunctionProcess = {
  readonly processId: number | undefined;
  /** Rejects if the process ends before it has loaded its bundle. */
  readonly ready: Promise<void>;
  /** Settles when the process has ended, for whatever reason; says how. */
  readonly ended: Promise<string>;
  /** False from the moment on at which it is known to be ending. */
  readonly usable: boolean;
  /** Only one at a time. Past the function's timeout the process is killed, as on Lambda. */
  invoke(event: string): Promise<InvocationResult>;
  kill(): void;
};

export function startFunctionProcess(settings: FunctionSettings): FunctionProcess {
  const { taskRoot, handler, functionArn, environment, logFile } = settings;
  const log = openSync(logFile, "a", 0o600);
  const task: RuntimeTask = { taskRoot, handler, functionArn };
  const child = fork(`${import.meta.dirname}/lambda-runtime.ts`, [JSON.stringify(task)], {
    cwd: taskRoot,
    env: { ...environment },
    execArgv: [],
    stdio: ["ignore", log, log, "ipc"],
  });
  closeSync(log);

  let answered: (result: InvocationResult) => void = () => undefined;
  let usable = true;
  let timedOut = false;
  const timeout = `${(settings.timeoutMs / 1_000).toFixed(2)} seconds`;
  const loaded = Promise.withResolvers<void>();
  // Whoever waits for it gets the error; nobody has to.
  loaded.promise.catch(() => undefined);

  const ended = new Promise<string>((resolve) => {
    child.once("error", ({ message }) => resolve(message));
    child.once("exit", (code, signal) => resolve(signal === null ? `exit code ${code}` : `signal ${signal}`));
  });
  child.once("disconnect", () => {
    usable = false;
  });
  child.on("message", (report: RuntimeReport) => {
    if (report.kind === "ready") loaded.resolve();
    else if (report.kind === "not-loaded") loaded.reject(new Error(report.message));
    else if (report.kind === "succeeded") answered({ ok: true, payload: report.payload });
    else answered({ ok: false, errorType: report.errorType, message: report.message });
  });
  void ended.then((how) => {
    usable = false;
    loaded.reject(new Error(`the process ended (${how})`));
    answered(
      timedOut
        ? { ok: false, errorType: "Sandbox.Timedout", message: `Task timed out after ${timeout}` }
        : { ok: false, errorType: "Runtime.ExitError", message: `Runtime exited: ${how}` },
    );
    note(
      logFile,
      `process ${child.pid} ended: ${how}${timedOut ? `, it ran past its timeout of ${timeout}` : ""}`,
    );
  });

  const kill = (): void => {
    usable = false;
    child.kill("SIGKILL");
  };
  return {
    processId: child.pid,
    ready: loaded.promise,
    ended,
    get usable() {
      return usable;
    },
    kill,
    async invoke(event) {
      const result = new Promise<InvocationResult>((resolve) => {
        answered = resolve;
      });
      const deadline = setTimeout(() => {
        timedOut = true;
        kill();
      }, settings.timeoutMs);
      child.send({ requestId: randomUUID(), event, deadlineAt: Date.now() + settings.timeoutMs }, (error) => {
        if (error !== null) answered({ ok: false, errorType: "Runtime.ExitError", message: error.message });
      });
      try {
        return await result;
      } finally {
        clearTimeout(deadline);
      }
    },
  };
}

function note(logFile: string, line: string): void {
  appendFileSync(logFile, `${new Date().toISOString()} local stack: ${line}\n`);
}
