/** `npm start` from outside: what it prints and writes, what it survives, and what it leaves behind. */
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { describe, expect, it, onTestFinished } from "vitest";
import type { StackDescription } from "../../../infra/local/stack-description.ts";
import { isRunning } from "../../support/is-running.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";
import { waitFor } from "../../support/wait-for.ts";
import { callApi, failToStart, runStackProcess, startStackProcess, whatRunsOf } from "./stack-process.ts";

const fast = ["--rate", "retell=100:10"];
const deadline = (what: string, timeoutMs = 20_000) => ({ timeoutMs, what });

async function firstDefinition(stack: StackDescription): Promise<string> {
  type List = { readonly items: readonly { readonly definitionId: string }[] };
  const { items } = await callApi<List>(stack, "reader", "/connections/retell/definitions");
  return items[0]?.definitionId ?? "none";
}

/** Sends a rename straight into the queue, as the AWS SDK does it anywhere. */
async function rename(stack: StackDescription, definitionId: string, name: string): Promise<string> {
  const credentials = { accessKeyId: "any", secretAccessKey: "any" };
  const sqs = new SQSClient({ endpoint: stack.sqs.endpoint, region: stack.region, credentials });
  const requestId = `rename-${randomUUID()}`;
  const body = { requestId, operation: "update", definitionId, patch: { name } };
  await sqs.send(
    new SendMessageCommand({
      QueueUrl: stack.sqs.queues.changeRequests["retell"],
      MessageBody: JSON.stringify(body),
      MessageGroupId: `retell#${definitionId}`,
      MessageDeduplicationId: requestId,
    }),
  );
  return requestId;
}

const finished = (stack: StackDescription, requestId: string) =>
  waitFor(
    async () => {
      type Request = { readonly status: string; readonly finishedAt?: string };
      const path = `/change-requests/${requestId}?connection=retell&wait=5`;
      const request = await callApi<Request>(stack, "reader", path);
      return request.finishedAt === undefined ? undefined : request;
    },
    deadline(`the outcome of ${requestId}`, 50_000),
  );

describe("npm start", () => {
  it("tells the demo, serves, survives a killed function, keeps everything, and leaves nothing behind", async () => {
    const folder = join(temporaryFolder(), "data");
    const first = await startStackProcess(folder, fast);
    const told = first.printed();
    expect(told.trimEnd().split("\n").at(-1)).toBe(`ready ${first.description().apiUrl}`);
    expect(told).not.toContain("The demo failed");
    for (const provider of ["Retell", "Tela", "Synthflow"]) expect(told).toContain(`simulated ${provider}`);
    expect(told.match(/^ {2}demo-.* applied version /gm)).toHaveLength(6);
    expect(statSync(join(folder, "stack.json")).mode & 0o777).toBe(0o600);
    const definitionId = await firstDefinition(first.description());

    // Killed in its sleep, a function is started again, and stack.json says so.
    const [killed = 0] = first.description().functions["apply-change"]?.pids ?? [];
    process.kill(killed, "SIGKILL");
    await waitFor(() => {
      const pids = first.description().functions["apply-change"]?.pids ?? [];
      return pids.some((pid) => pid !== killed && isRunning(pid));
    }, deadline("another apply-change process"));
    const renamed = await rename(first.description(), definitionId, "Renamed");
    expect(await finished(first.description(), renamed)).toMatchObject({ status: "applied" });

    // Everything dies with the stack, however it dies.
    const before = first.description();
    await first.end("SIGKILL");
    await waitFor(async () => (await whatRunsOf(before)).length === 0, deadline("everything to end", 5_000));

    const second = await startStackProcess(folder, fast);
    const after = second.description();
    expect(second.printed()).not.toContain("demo-1");
    expect(after.tokens).toEqual(before.tokens);
    expect(await callApi(after, "reader", `/connections/retell/definitions/${definitionId}`)).toMatchObject({
      name: "Renamed",
    });
    expect(await callApi(after, "reader", `/change-requests/${renamed}?connection=retell`)).toMatchObject({
      status: "applied",
    });
    const again = await rename(after, definitionId, "Renamed again");
    expect(await finished(after, again)).toMatchObject({ status: "applied" });

    const stopping = performance.now();
    expect(await second.end("SIGINT")).toBe(0);
    expect(performance.now() - stopping).toBeLessThan(5_000);
    expect(await whatRunsOf(after)).toEqual([]);
  });

  it("sends a connection with another base URL there, with the key of the environment, beside another stack", async () => {
    const provider = createServer((request, response) => {
      keys.push(String(request.headers.authorization));
      response.writeHead(404, { "content-type": "application/json" }).end('{"message":"no such thing"}');
    });
    const keys: string[] = [];
    provider.listen(0, "127.0.0.1");
    await once(provider, "listening");
    onTestFinished(() => void provider.close());
    const address = provider.address();
    const baseUrl = `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}`;

    const folder = temporaryFolder();
    const config = join(folder, "connections.json");
    writeFileSync(
      config,
      JSON.stringify({
        connections: [{ id: "eu-1", provider: "retell", baseUrl: "https://api.retellai.com" }],
      }),
    );
    const [stack, other] = await Promise.all([
      startStackProcess(
        folder,
        ["--no-demo", "--config", config, "--connection-url", `eu-1=${baseUrl}`, "--rate", "eu-1=50"],
        { EU_1_API_KEY: "key-of-the-environment" },
      ),
      startStackProcess(temporaryFolder(), ["--no-demo"]),
    ]);
    const description = stack.description();
    expect(description.connections).toEqual({ "eu-1": { provider: "retell", baseUrl } });
    expect(other.description().connections).toHaveProperty("retell");
    expect(existsSync(join(description.logs, "simulator-eu-1.log"))).toBe(false);

    const body = { requestId: "r", operation: "update", definitionId: "test_case_1", patch: { name: "x" } };
    await callApi(description, "editor", "/change-requests", { connection: "eu-1", ...body });
    await waitFor(() => keys.length > 0, deadline("a call to the provider"));
    expect(new Set(keys)).toEqual(new Set(["Bearer key-of-the-environment"]));

    expect(await Promise.all([stack.end("SIGTERM"), other.end("SIGTERM")])).toEqual([0, 0]);
    expect(readFileSync(join(description.logs, "apply-change.log"), "utf8")).not.toContain(
      "key-of-the-environment",
    );
  });

  it("gives up in one line where it cannot start", async () => {
    const folder = temporaryFolder();
    const stranger = createServer().listen(0, "127.0.0.1");
    await once(stranger, "listening");
    onTestFinished(() => void stranger.close());
    const address = stranger.address();
    const port = typeof address === "object" ? String(address?.port) : "";
    expect(await failToStart(folder, ["--port", port])).toEqual({
      exitCode: 1,
      printed: `Port ${port} is taken; choose another one with --port\n`,
    });
    expect(await failToStart(folder, ["--rate", "other=1"])).toEqual({
      exitCode: 1,
      printed: '--rate names the connection "other"; there is: retell, tela, synthflow\n',
    });
  });

  it("lets nobody else into its folder, and can be stopped while it starts", async () => {
    const folder = temporaryFolder();
    const stack = runStackProcess(folder);
    await waitFor(() => existsSync(join(folder, "logs")), deadline("the folder"));
    expect(await failToStart(folder, [])).toEqual({
      exitCode: 1,
      printed: `Another stack is running on ${folder}; choose another folder with --data\n`,
    });
    expect(await stack.end("SIGTERM")).toBe(0);
    expect(existsSync(join(folder, "stack.json"))).toBe(false);
  });
});
