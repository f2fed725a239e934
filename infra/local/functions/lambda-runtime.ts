/**
 * The process that a function runs in, as on Lambda: it loads the bundle once and then handles one event at a
 * time. It lives as long as the local stack: the operating system closes the channel to a stack that ends in any
 * way, SIGKILL included, and a closed channel ends the process.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Invoke, RuntimeReport, RuntimeTask } from "./runtime-protocol.ts";

type Handler = (event: unknown, context: object) => unknown;

process.once("disconnect", () => process.exit());
// Ctrl-C in a terminal reaches every process of the group; the stack decides when this one ends.
process.on("SIGINT", () => undefined);
// The stack may have ended before there was a listener.
if (!process.connected) process.exit();

const task: RuntimeTask = JSON.parse(process.argv[2] ?? "");

try {
  const handler = await loadHandler(task);
  process.on("message", (invoke: Invoke) => handle(handler, invoke));
  report({ kind: "ready" });
} catch (error) {
  console.error(error);
  const message = error instanceof Error ? error.message : String(error);
  report({ kind: "not-loaded", message }, () => process.exit(1));
}

async function loadHandler({ taskRoot, handler }: RuntimeTask): Promise<Handler> {
  const separator = handler.lastIndexOf(".");
  const [file, name] = [handler.slice(0, separator), handler.slice(separator + 1)];
  // The order in which Lambda looks.
  const path = [".js", ".mjs", ".cjs"].map((ending) => join(taskRoot, file + ending)).find(existsSync);
  if (path === undefined) throw new Error(`there is no ${file}.js, .mjs or .cjs in ${taskRoot}`);
  const loaded: Record<string, unknown> = await import(pathToFileURL(path).href);
  const found = loaded[name];
  if (typeof found !== "function") throw new Error(`${path} does not export a function "${name}"`);
  return found as Handler;
}

async function handle(handler: Handler, { requestId, event, deadlineAt }: Invoke): Promise<void> {
  try {
    const result = await handler(JSON.parse(event), contextOf(requestId, deadlineAt));
    report({ kind: "succeeded", payload: JSON.stringify(result) ?? "null" });
  } catch (error) {
    const errorType = error instanceof Error ? error.name : typeof error;
    const message = error instanceof Error ? error.message : String(error);
    // As Lambda's own runtime does.
    console.error("Invoke Error", error);
    report({ kind: "failed", errorType, message });
  }
}

function contextOf(requestId: string, deadlineAt: number): object {
  return {
    awsRequestId: requestId,
    callbackWaitsForEmptyEventLoop: true,
    functionName: process.env["AWS_LAMBDA_FUNCTION_NAME"],
    functionVersion: process.env["AWS_LAMBDA_FUNCTION_VERSION"],
    invokedFunctionArn: task.functionArn,
    logGroupName: process.env["AWS_LAMBDA_LOG_GROUP_NAME"],
    logStreamName: process.env["AWS_LAMBDA_LOG_STREAM_NAME"],
    memoryLimitInMB: process.env["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"],
    getRemainingTimeInMillis: () => Math.max(0, deadlineAt - Date.now()),
  };
}

function report(message: RuntimeReport, sent?: () => void): void {
  process.send?.(message, undefined, undefined, sent);
}
