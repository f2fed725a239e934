/** The process of a local stack as a user starts it, for the length of a test: how it starts, ends and fails. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import type { StackDescription } from "../../../infra/local/stack-description.ts";
import { isRunning } from "../../support/is-running.ts";
import { waitFor } from "../../support/wait-for.ts";

const repository = join(import.meta.dirname, "../../..");
const startDeadlineMs = 150_000;

export type StackProcess = {
  readonly process: ChildProcess;
  /** What it has printed so far on both streams. */
  readonly printed: () => string;
  /** The present `stack.json`. */
  readonly description: () => StackDescription;
  /** Sends a signal and waits for the end; the exit code, or null if the signal ended it. */
  end(signal: NodeJS.Signals): Promise<number | null>;
};

/** Runs `npm start`'s command on a port of its own. The stack ends with the test at the latest. */
export function runStackProcess(
  folder: string,
  args: readonly string[] = [],
  environment = {},
): StackProcess {
  const stack = spawn(process.execPath, ["infra/local/start.ts", "--port", "0", "--data", folder, ...args], {
    cwd: repository,
    env: { ...process.env, ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let printed = "";
  for (const stream of [stack.stdout, stack.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      printed += text;
    });
  }
  const closed = once(stack, "close");
  onTestFinished(async () => {
    stack.kill("SIGKILL");
    await closed;
  });
  return {
    process: stack,
    printed: () => printed,
    description: () => JSON.parse(readFileSync(join(folder, "stack.json"), "utf8")),
    async end(signal) {
      stack.kill(signal);
      const [exitCode] = await closed;
      return exitCode;
    },
  };
}

/** Runs a stack and waits until it says that it is ready. */
export async function startStackProcess(folder: string, args: readonly string[] = [], environment = {}) {
  const stack = runStackProcess(folder, args, environment);
  const ready = () => /^ready http/m.test(stack.printed()) || stack.process.exitCode !== null;
  await waitFor(ready, { timeoutMs: startDeadlineMs, what: "the stack to be ready" });
  if (stack.process.exitCode !== null) throw new Error(`the stack ended: ${stack.printed()}`);
  return stack;
}

/** Runs a stack that is expected to give up. */
export async function failToStart(folder: string, args: readonly string[]) {
  const stack = runStackProcess(folder, args);
  await once(stack.process, "close");
  return { exitCode: stack.process.exitCode, printed: stack.printed() };
}

/** The parts of a stack that still run: function processes and servers. */
export async function whatRunsOf(stack: StackDescription): Promise<string[]> {
  const processes = Object.entries(stack.functions).flatMap(([name, { pids }]) =>
    pids.filter(isRunning).map((pid) => `${name} ${pid}`),
  );
  const endpoints = [
    stack.apiUrl,
    stack.sqs.endpoint,
    stack.dynamodb.endpoint,
    stack.secretsManager.endpoint,
    ...Object.values(stack.connections).map(({ baseUrl }) => baseUrl),
  ];
  const listening = await Promise.all(endpoints.map(async (url) => ((await listens(url)) ? [url] : [])));
  return [...processes, ...listening.flat()];
}

async function listens(url: string): Promise<boolean> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  try {
    await once(socket, "connect");
    return true;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ECONNREFUSED") return false;
    throw error;
  } finally {
    socket.destroy();
  }
}

/** A call of the API as one of its roles; the answer's JSON. */
export async function callApi<Answer>(
  { apiUrl, tokens }: StackDescription,
  role: keyof StackDescription["tokens"],
  path: string,
  body?: unknown,
): Promise<Answer> {
  const response = await fetch(`${apiUrl}${path}`, {
    method: body === undefined ? "GET" : "POST",
    headers: { authorization: `Bearer ${tokens[role]}`, "content-type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  if (!response.ok) throw new Error(`${path} answered ${response.status}: ${await response.text()}`);
  return (await response.json()) as Answer;
}
