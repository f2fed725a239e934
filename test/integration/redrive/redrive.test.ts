/** `npm run redrive` as operators start it, on a real dead-letter queue and the API's own handler. */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { SQSClient } from "@aws-sdk/client-sqs";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { RequestRecord } from "../../../shared/change-request/record/request-record.ts";
import { sqsClient, withEngines } from "../../support/engines.ts";
import { createFifoQueue, type FifoQueue } from "../../support/fifo-queue.ts";
import { fingerprintedRecord } from "../../support/fingerprinted-record.ts";
import { withQueryApi } from "../../support/query-api-world.ts";
import { waitFor } from "../../support/wait-for.ts";

const repository = join(import.meta.dirname, "../../..");
const connections = ["retell", "retell-eu"];
const world = withQueryApi(connections);
const engines = withEngines();
const dataDir = mkdtempSync(join(tmpdir(), "test-case-sync-"));
let sqs: SQSClient;
let api: Server;
let apiUrl: string;
let dead: FifoQueue;
let deadEu: FifoQueue;
/** Happens before a retry is answered. */
let afterRetry: () => Promise<void>;

beforeAll(async () => {
  sqs = sqsClient(engines.current);
  api = createServer(async ({ method = "", url = "", headers }, response) => {
    const role = headers.authorization === "Bearer operator-token" ? "operator" : null;
    const answer = await world().call(method, url, { role });
    if (method === "POST") await afterRetry();
    response.writeHead(answer.status, answer.headers).end(answer.text);
  });
  await new Promise<void>((resolve) => api.listen(0, "127.0.0.1", resolve));
  apiUrl = `http://127.0.0.1:${(api.address() as AddressInfo).port}`;
});
beforeEach(async () => {
  dead = await createFifoQueue(sqs, engines.current.sqs.endpoint);
  deadEu = await createFifoQueue(sqs, engines.current.sqs.endpoint);
  afterRetry = async () => undefined;
  describeStack();
  await queuedAgain();
});
afterAll(() => {
  sqs.destroy();
  api.close();
  rmSync(dataDir, { recursive: true, force: true });
});

function describeStack(token = "operator-token"): void {
  const { endpoint, region } = engines.current.sqs;
  const queues = { changeRequestsDeadLetter: { retell: dead.url, "retell-eu": deadEu.url } };
  const stack = { apiUrl, tokens: { operator: token }, region, sqs: { endpoint, queues } };
  writeFileSync(join(dataDir, "stack.json"), JSON.stringify(stack));
}

async function redrive(...args: string[]): Promise<{ code: number | null; out: string; error: string }> {
  return await run(["--data", dataDir, ...args], {});
}

/** Looks at one queue only, which saves the time of waiting at the other one. */
const redriveRetell = (...args: string[]) => redrive("--connection", "retell", ...args);

async function run(args: readonly string[], environment: Record<string, string>) {
  const child = spawn(process.execPath, ["infra/redrive.ts", ...args], {
    cwd: repository,
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, ...environment },
  });
  let out = "";
  let error = "";
  child.stdout.on("data", (chunk: Buffer) => {
    out += chunk.toString();
  });
  child.stderr.on("data", (chunk: Buffer) => {
    error += chunk.toString();
  });
  const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
  return { code, out, error };
}

let ids = 0;
/** A request that was given up, its message kept, and its letter in the dead-letter queue. */
async function givenUp({
  state = {},
  reason = "retries-exhausted",
  withBody = true,
  withLetter = true,
  group,
}: {
  state?: Partial<RequestRecord>;
  reason?: string;
  withBody?: boolean;
  withLetter?: boolean;
  group?: string;
} = {}): Promise<{ requestId: string; body: string }> {
  const requestId = `given-up-${++ids}`;
  const definitionId = `case_${ids}`;
  const secret = "CANARY prompt";
  const body = JSON.stringify({
    requestId,
    operation: "update",
    definitionId,
    patch: { user_prompt: secret },
  });
  await world().requests.create(
    fingerprintedRecord(body, { status: "failed", attempts: 8, result: { reason }, ...state }),
  );
  if (withBody) await world().requests.keepBody({ connection: "retell", requestId }, body, Date.now());
  if (withLetter) await letter(body, { requestId, reason, attempts: 8 }, group ?? `retell#${definitionId}`);
  return { requestId, body };
}

async function letter(
  body: string,
  attributes: { requestId?: string; reason?: string; attempts?: number },
  group: string,
  queue = dead,
): Promise<void> {
  await queue.send(group, body, {
    MessageAttributes: Object.fromEntries(
      Object.entries(attributes).map(([name, value]) => [
        name,
        { DataType: typeof value === "number" ? "Number" : "String", StringValue: String(value) },
      ]),
    ),
  });
}

const recordOf = (requestId: string) => world().requests.read({ connection: "retell", requestId });
/** Letters in the queue, whether they can be seen or not. */
async function letters(queue = dead): Promise<number> {
  const { ApproximateNumberOfMessages, ApproximateNumberOfMessagesNotVisible } = await queue.attributes();
  return Number(ApproximateNumberOfMessages) + Number(ApproximateNumberOfMessagesNotVisible);
}
/** Waits until so many letters of different groups can be seen. */
async function canBeSeen(count: number, queue = dead): Promise<void> {
  let seen = 0;
  await waitFor(
    async () => {
      if ((await queue.receive({ waitSeconds: 1 })) !== undefined) seen += 1;
      return seen === count;
    },
    { timeoutMs: 10_000, what: `${count} letters to be seen again` },
  );
}
/** The bodies that a worker would find in the change queue. */
async function queuedAgain(): Promise<string[]> {
  const bodies: string[] = [];
  for (let message = await world().queue.receive(); message; message = await world().queue.receive()) {
    bodies.push(message.Body ?? "");
    await world().queue.delete(message);
  }
  return bodies;
}

describe("npm run redrive without a choice", () => {
  it("lists the letters of all connections, says how to go on, and changes nothing", async () => {
    const { requestId } = await givenUp();
    await letter("{", { reason: "not-json", attempts: 0 }, "retell-eu#any", deadEu);
    const { code, out, error } = await redrive();
    expect({ code, error }).toEqual({ code: 0, error: "" });
    expect(out).toMatch(
      new RegExp(
        `^retell · ${requestId} · retries-exhausted · 8 attempts · since \\S+Z: can be retried$`,
        "m",
      ),
    );
    expect(out).toMatch(
      /^retell-eu · no request id · not-json · 0 attempts · since \S+Z: left, it is no change/m,
    );
    expect(out).toContain("--request ID");
    expect(out).not.toContain("CANARY");
    expect(await recordOf(requestId)).toMatchObject({ status: "failed", epoch: 1 });
    await canBeSeen(1);
    await canBeSeen(1, deadEu);
  });

  it("tells of letters that it cannot see behind others of their group", async () => {
    await givenUp({ group: "one" });
    await givenUp({ group: "one" });
    await givenUp({ group: "one" });
    const { out } = await redriveRetell();
    expect(out).toMatch(/^retell: dead letters left: 1, and about 2 behind them/m);
    expect(out).not.toContain("retell-eu");
  });

  it("is well with empty queues", async () => {
    const { code, out } = await redrive();
    expect(code).toBe(0);
    expect(out).toContain("retell: dead letters left: 0\nretell-eu: dead letters left: 0\n");
  });
});

describe("npm run redrive -- --all", () => {
  it("queues each request again and removes its letter, also of those that stand behind each other", async () => {
    const all = [await givenUp(), await givenUp({ group: "one" }), await givenUp({ group: "one" })];
    const { code, out } = await redriveRetell("--all");
    expect(code).toBe(0);
    for (const { requestId } of all) {
      expect(out).toMatch(new RegExp(`· ${requestId} ·.*: retried, epoch 2$`, "m"));
      expect(await recordOf(requestId)).toMatchObject({ status: "queued", epoch: 2 });
    }
    expect((await queuedAgain()).sort()).toEqual(all.map(({ body }) => body).sort());
    expect(await letters()).toBe(0);
  });

  it("removes the letters of requests that are retried or decided already", async () => {
    const [retried, applying, applied] = [
      await givenUp(),
      await givenUp({ state: { status: "applying", epoch: 2 } }),
      await givenUp({ state: { status: "applied", epoch: 2 } }),
    ];
    const path = `/change-requests/${retried.requestId}/retry?connection=retell`;
    expect((await world().call("POST", path)).status).toBe(202);
    const { code, out } = await redriveRetell("--all");
    expect(code).toBe(0);
    // Its message may never have been sent, so the same message is sent once more: the queue knows it.
    expect(out).toMatch(new RegExp(`· ${retried.requestId} ·.*: retried, epoch 2$`, "m"));
    expect(out).toMatch(new RegExp(`· ${applying.requestId} ·.*: settled, it is being applied again$`, "m"));
    expect(out).toMatch(new RegExp(`· ${applied.requestId} ·.*: settled, it is applied by now$`, "m"));
    expect(await queuedAgain()).toEqual([retried.body]);
    expect(await letters()).toBe(0);
  });

  it("retries a request once: not for each of its letters, and not for the letter of its next failure", async () => {
    const { requestId, body } = await givenUp();
    await letter(body, { requestId, reason: "expired", attempts: 2 }, "another group");
    const failing = await givenUp();
    const end = { key: { connection: "retell", requestId: failing.requestId }, epoch: 2 };
    afterRetry = async () => {
      const result = { reason: "expired" };
      if (!(await world().requests.finish({ ...end, status: "failed", result, finishedAt: 1 }))) return;
      await letter(failing.body, { requestId: failing.requestId, reason: "expired", attempts: 0 }, "again");
    };
    const { code, out } = await redriveRetell("--all");
    expect(code).toBe(0);
    expect(out.match(/: retried, epoch 2$/gm)).toHaveLength(2);
    expect(out).toMatch(new RegExp(`· ${requestId} ·.*: settled, it was retried just now$`, "m"));
    expect(out).toMatch(
      new RegExp(`· ${failing.requestId} ·.*: left, it has failed again since it was retried$`, "m"),
    );
    expect(await recordOf(requestId)).toMatchObject({ status: "queued", epoch: 2 });
    expect(await recordOf(failing.requestId)).toMatchObject({ status: "failed", epoch: 2 });
    expect(await letters()).toBe(1);
  });

  it("leaves what a person has to decide, and it can be seen again at once", async () => {
    const reused = await givenUp({ withLetter: false });
    await letter(reused.body, { requestId: reused.requestId, reason: "request-id-reused", attempts: 0 }, "a");
    await letter("{", { reason: "not-json", attempts: 0 }, "b");
    await letter("{}", { requestId: "never-seen", reason: "expired", attempts: 1 }, "c");
    const open = await givenUp({ state: { status: "applying", epoch: 1 }, withLetter: false });
    await letter(open.body, {}, "d");
    const { code, out } = await redriveRetell("--all");
    expect(code).toBe(0);
    expect(out).toMatch(/request-id-reused.*: left, its id belongs to another request/);
    expect(out).toMatch(/not-json.*: left, it is no change request/);
    expect(out).toMatch(/never-seen.*: left, the API knows no request of this id/);
    expect(out).toMatch(
      new RegExp(
        `${open.requestId} \\(by its body\\) · no reason.*: left, it has no reason: SQS has moved it`,
      ),
    );
    expect(await recordOf(reused.requestId)).toMatchObject({ status: "failed", epoch: 1 });
    expect(await recordOf(open.requestId)).toMatchObject({ status: "applying", epoch: 1 });
    await canBeSeen(4);
    expect(await queuedAgain()).toEqual([]);
  });

  it("keeps the letter of a request that cannot be retried, goes on with the others, and fails", async () => {
    const lost = await givenUp({ withBody: false, reason: "lost" });
    const other = await givenUp();
    const { code, out } = await redriveRetell("--all");
    expect(code).toBe(1);
    expect(out).toMatch(new RegExp(`· ${lost.requestId} ·.*: NOT retried, .*\\(body-not-kept\\)$`, "m"));
    expect(out).toMatch(new RegExp(`· ${other.requestId} ·.*: retried, epoch 2$`, "m"));
    await canBeSeen(1);
    expect(await queuedAgain()).toEqual([other.body]);
  });

  it("only shows what it would do with --dry-run", async () => {
    const { requestId } = await givenUp();
    const settled = await givenUp({ state: { status: "applied", epoch: 2 } });
    const { code, out } = await redriveRetell("--all", "--dry-run");
    expect(code).toBe(0);
    expect(out).toMatch(new RegExp(`· ${requestId} ·.*: can be retried$`, "m"));
    expect(out).toMatch(new RegExp(`· ${settled.requestId} ·.*: can be removed, it is applied by now$`, "m"));
    expect(await recordOf(requestId)).toMatchObject({ status: "failed", epoch: 1 });
    await canBeSeen(2);
  });
});

describe("npm run redrive -- --request", () => {
  it("retries the requests that it names and touches no other", async () => {
    const [first, second, other] = [await givenUp(), await givenUp(), await givenUp()];
    const { code, out } = await redriveRetell("--request", first.requestId, "--request", second.requestId);
    expect(code).toBe(0);
    expect(out).not.toContain(other.requestId);
    expect(out).not.toContain("no dead letter seen");
    expect(await recordOf(other.requestId)).toMatchObject({ status: "failed" });
    expect((await queuedAgain()).sort()).toEqual([first.body, second.body].sort());
    await canBeSeen(1);
  });

  it("retries a failed request whose letter is gone", async () => {
    const { requestId, body } = await givenUp({ withLetter: false });
    const planned = await redriveRetell("--request", requestId, "--dry-run");
    expect(planned.out).toContain(`retell · ${requestId} · no dead letter seen: can be retried`);
    const { code, out } = await redriveRetell("--request", requestId);
    expect(code).toBe(0);
    expect(out).toContain(`retell · ${requestId} · no dead letter seen: retried, epoch 2`);
    expect(await queuedAgain()).toEqual([body]);
  });

  it("retries a failed request also where the only letter with its id is another one's", async () => {
    const { requestId, body } = await givenUp({ withLetter: false });
    await letter("{}", { requestId, reason: "request-id-reused", attempts: 0 }, "a");
    const { out } = await redriveRetell("--request", requestId);
    expect(out).toMatch(/request-id-reused.*: left/);
    expect(out).toContain(`retell · ${requestId} · no dead letter seen: retried, epoch 2`);
    expect(await queuedAgain()).toEqual([body]);
  });

  it("does nothing where an id names no request, or one of each of two connections", async () => {
    const { requestId, body } = await givenUp();
    expect(await redrive("--request", requestId, "--request", "nobody")).toMatchObject({
      code: 1,
      error: "There is no change request nobody\n",
    });
    await world().requests.create({
      ...fingerprintedRecord(body, { status: "failed" }),
      connection: "retell-eu",
    });
    expect(await redrive("--request", requestId)).toMatchObject({
      code: 1,
      error: `The change request ${requestId} is one of retell and retell-eu: name one with --connection\n`,
    });
    expect(await recordOf(requestId)).toMatchObject({ status: "failed", epoch: 1 });
    expect((await redriveRetell("--request", requestId)).code).toBe(0);
    expect(await recordOf(requestId)).toMatchObject({ status: "queued", epoch: 2 });
  });
});

describe("the system to redrive", () => {
  it("can be a deployed one, named by the environment", async () => {
    const { requestId, body } = await givenUp();
    const { code, out } = await run(["--all"], {
      TEST_CASE_SYNC_API_URL: `${apiUrl}/`,
      TEST_CASE_SYNC_TOKEN: "operator-token",
      TEST_CASE_SYNC_DEAD_LETTER_QUEUE_URLS: JSON.stringify({ retell: dead.url }),
      // As AWS's own variables lead the SDK to a region and to an endpoint.
      AWS_REGION: engines.current.sqs.region,
      AWS_ENDPOINT_URL_SQS: engines.current.sqs.endpoint,
      AWS_ACCESS_KEY_ID: "test",
      AWS_SECRET_ACCESS_KEY: "test",
    });
    expect(code).toBe(0);
    expect(out).toContain(`${requestId} · retries-exhausted`);
    expect(await queuedAgain()).toEqual([body]);
  });

  it("that refuses the token, or is not there, is one clear line, and no letter is lost from sight", async () => {
    await givenUp();
    describeStack("wrong");
    const refused = await redriveRetell("--all");
    expect(refused).toMatchObject({ code: 1, error: expect.stringMatching(/^The API answers 401: .+\n$/) });
    const elsewhere = await run(["--all", "--data", join(dataDir, "nowhere")], {});
    expect(elsewhere).toMatchObject({
      code: 1,
      error: expect.stringMatching(/^There is no .+stack\.json.+\n$/),
    });
    await canBeSeen(1);
  });
});
