/** A whole local stack for a test file: started as users start it, in its own folder and on a free port. */
import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import type { StackDescription } from "../../infra/local/stack-description.ts";
import type { JsonObject } from "../../shared/platform/json.ts";

const repository = join(import.meta.dirname, "../..");
const START_TIMEOUT_MS = 150_000;

export type Answer<Body = Record<string, unknown>> = {
  readonly status: number;
  readonly body: Body;
  readonly headers: Headers;
};

export class LocalStack {
  readonly dataDir: string;
  readonly output: () => string;
  readonly #process: ChildProcess;
  readonly #ended: Promise<number | null>;
  #sqs: SQSClient | undefined;

  private constructor(dataDir: string, child: ChildProcess, output: () => string) {
    this.dataDir = dataDir;
    this.output = output;
    this.#process = child;
    this.#ended = new Promise((resolve) => child.once("exit", (code) => resolve(code)));
  }

  /** @param args beyond `--data`, `--port` and `--no-demo` */
  static async start(dataDir: string, args: readonly string[] = [], port?: number): Promise<LocalStack> {
    const child = spawn(
      process.execPath,
      [
        "infra/local/start.ts",
        "--data",
        dataDir,
        "--port",
        String(port ?? (await freePort())),
        "--no-demo",
        ...args,
      ],
      { cwd: repository, stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, RETELL_API_KEY: "" } },
    );
    let output = "";
    const stack = new LocalStack(dataDir, child, () => output);
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`not ready in time:\n${output}`)), START_TIMEOUT_MS);
      const read = (chunk: Buffer) => {
        output += chunk.toString();
        if (/^ready /m.test(output)) resolve();
      };
      child.stdout?.on("data", read);
      child.stderr?.on("data", read);
      child.once("exit", (code) => reject(new Error(`ended with ${code}:\n${output}`)));
      child.once("exit", () => clearTimeout(timer));
    });
    return stack;
  }

  get processId(): number {
    return this.#process.pid ?? 0;
  }

  description(): StackDescription {
    return JSON.parse(readFileSync(join(this.dataDir, "stack.json"), "utf8"));
  }

  /** Calls the API as an operator; `token` null: without any. */
  async api<Body = Record<string, unknown>>(
    method: string,
    path: string,
    options: { body?: unknown; token?: string | null; headers?: Record<string, string> } = {},
  ): Promise<Answer<Body>> {
    const { apiUrl, tokens } = this.description();
    const token = options.token === undefined ? tokens.operator : options.token;
    const response = await fetch(`${apiUrl}${path}`, {
      method,
      headers: {
        ...(token !== null && { authorization: `Bearer ${token}` }),
        ...(options.body !== undefined && { "content-type": "application/json" }),
        ...options.headers,
      },
      ...(options.body !== undefined && {
        body: typeof options.body === "string" ? options.body : JSON.stringify(options.body),
      }),
    });
    const text = await response.text();
    return {
      status: response.status,
      body: text === "" ? ({} as Body) : JSON.parse(text),
      headers: response.headers,
    };
  }

  /** Sends a message straight into a connection's change queue. */
  async enqueue(
    body: JsonObject | string,
    options: { groupId?: string; deduplicationId?: string; connection?: string } = {},
  ): Promise<void> {
    const { connection = "retell" } = options;
    const { sqs, region } = this.description();
    this.#sqs ??= new SQSClient({
      endpoint: sqs.endpoint,
      region,
      credentials: { accessKeyId: "test", secretAccessKey: "test" },
    });
    const definitionId = typeof body === "string" ? "text" : String(body["definitionId"] ?? "create");
    await this.#sqs.send(
      new SendMessageCommand({
        QueueUrl: sqs.queues.changeRequests[connection],
        MessageBody: typeof body === "string" ? body : JSON.stringify(body),
        MessageGroupId: options.groupId ?? `${connection}#${definitionId}`,
        MessageDeduplicationId: options.deduplicationId ?? crypto.randomUUID(),
      }),
    );
  }

  /** The record of a request once it is terminal; one that no worker has seen yet is waited for. */
  async outcome(requestId: string, timeoutMs = 120_000, connection = "retell"): Promise<RequestView> {
    const deadline = performance.now() + timeoutMs;
    let last: unknown;
    while (performance.now() < deadline) {
      const path = `/change-requests/${requestId}?connection=${connection}&wait=10`;
      const { status, body } = await this.api<RequestView>("GET", path);
      if (status === 200 && !["queued", "applying"].includes(body.status)) return body;
      last = body;
      if (status === 404) await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error(`${requestId} has no outcome in time: ${JSON.stringify(last)}`);
  }

  /** The simulator's own view and controls. */
  async simulator<Body = unknown>(
    method: string,
    path: string,
    body?: unknown,
    connection = "retell",
  ): Promise<Body> {
    const url = new URL(`/__simulator__/${path}`, this.description().connections[connection]?.baseUrl);
    const response = await fetch(url, {
      method,
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
    return (await response.json()) as Body;
  }

  /** As Ctrl-C does. Answers the exit code. */
  async stop(): Promise<number | null> {
    this.#sqs?.destroy();
    this.#process.kill("SIGTERM");
    return await this.#ended;
  }

  async kill(): Promise<void> {
    this.#process.kill("SIGKILL");
    await this.#ended;
  }
}

export type RequestView = {
  readonly requestId: string;
  readonly status: string;
  readonly attempts: number;
  readonly result?: { readonly version?: number; readonly definitionId?: string; readonly reason?: string };
};

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}
