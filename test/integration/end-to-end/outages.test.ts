/** A provider that is down, and a key that is refused: everything waits, nothing is lost, and it goes on by itself. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { GetQueueAttributesCommand, SQSClient } from "@aws-sdk/client-sqs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { LocalStack } from "../../support/local-stack.ts";
import { addEngine, createOutside, storedDefinition } from "../../support/stack-workspace.ts";
import { waitFor } from "../../support/wait-for.ts";

let stack: LocalStack;
const dataDir = mkdtempSync(join(tmpdir(), "test-case-sync-"));
beforeAll(async () => {
  stack = await LocalStack.start(dataDir, ["--settle", "retell=2", "--rate", "retell=8"]);
  await addEngine(stack);
});
afterAll(async () => {
  await stack?.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

type ConnectionView = {
  readonly state: string;
  readonly reason?: string;
  readonly since?: string;
  readonly rate: { readonly pausedUntil?: string };
};

async function connection(): Promise<ConnectionView | undefined> {
  const { body } = await stack.api<{ items: ConnectionView[] }>("GET", "/connections");
  return body.items[0];
}

async function becomes(state: string, timeoutMs = 60_000): Promise<void> {
  const found = async () => (await connection())?.state === state;
  await waitFor(found, { timeoutMs, what: `the connection to be ${state}` });
}

async function submit(requestId: string, definitionId: string): Promise<void> {
  await stack.enqueue({ requestId, operation: "update", definitionId, patch: { name: requestId } });
}

async function deadLetters(): Promise<number> {
  const { sqs, region } = stack.description();
  const client = new SQSClient({
    endpoint: sqs.endpoint,
    region,
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
  });
  const { Attributes } = await client.send(
    new GetQueueAttributesCommand({
      QueueUrl: sqs.queues.changeRequestsDeadLetter["retell"],
      AttributeNames: ["ApproximateNumberOfMessages"],
    }),
  );
  client.destroy();
  return Number(Attributes?.["ApproximateNumberOfMessages"]);
}

/** How long the provider is down, in seconds; a soak run takes more. */
const outageSeconds = Number(process.env["OUTAGE_SECONDS"] ?? 10);

describe("a provider that answers 503", () => {
  it(
    "degrades the connection; nothing is dead-lettered, no budget is spent, and everything is applied after it",
    async () => {
      const definitions = await createOutside(stack, 10);
      await stack.simulator("POST", "faults", {
        match: { times: "always" },
        apply: "never",
        answer: { status: 503 },
      });
      const endsAt = performance.now() + outageSeconds * 1_000;
      for (const [index, definitionId] of definitions.entries())
        await submit(`outage-${index}`, definitionId);
      await becomes("degraded");
      await waitFor(() => performance.now() > endsAt, {
        timeoutMs: outageSeconds * 1_000 + 5_000,
        what: "its end",
      });
      expect(await deadLetters()).toBe(0);
      await stack.simulator("DELETE", "faults");
      // The next probe comes at most a quarter of the outage later, and the others' messages after that.
      const patienceMs = 60_000 + outageSeconds * 1_000;
      for (const [index, definitionId] of definitions.entries()) {
        const requestId = `outage-${index}`;
        expect(await stack.outcome(requestId, patienceMs)).toMatchObject({ status: "applied", attempts: 1 });
        expect(await storedDefinition(stack, definitionId)).toMatchObject({ name: requestId });
      }
      await becomes("active");
      expect(await deadLetters()).toBe(0);
    },
    outageSeconds * 3_000 + 120_000,
  );
});

describe("a provider that answers 429", () => {
  it(
    "is left alone by every worker; nothing is dead-lettered or charged, and everything is applied after it",
    async () => {
      const definitions = await createOutside(stack, 10);
      const calls = async () => (await stack.simulator<unknown[]>("GET", "requests")).length;
      const callsBefore = await calls();
      await stack.simulator("POST", "faults", {
        match: { times: "always" },
        apply: "never",
        answer: { status: 429 },
      });
      const endsAt = performance.now() + outageSeconds * 1_000;
      for (const [index, definitionId] of definitions.entries()) await submit(`storm-${index}`, definitionId);
      const isPaused = async () => (await connection())?.rate.pausedUntil !== undefined;
      await waitFor(isPaused, { timeoutMs: 20_000, what: "the pause to be shown" });
      await waitFor(() => performance.now() > endsAt, {
        timeoutMs: outageSeconds * 1_000 + 5_000,
        what: "its end",
      });
      // Ten requests, and hardly more calls than one in five seconds: waiting is no polling.
      expect((await calls()) - callsBefore).toBeLessThan(15 + outageSeconds / 5);
      expect((await connection())?.state).toBe("active");
      expect(await deadLetters()).toBe(0);
      await stack.simulator("DELETE", "faults");
      const patienceMs = 90_000 + outageSeconds * 1_000;
      for (const [index, definitionId] of definitions.entries()) {
        const requestId = `storm-${index}`;
        expect(await stack.outcome(requestId, patienceMs)).toMatchObject({ status: "applied" });
        expect(await storedDefinition(stack, definitionId)).toMatchObject({ name: requestId });
      }
    },
    outageSeconds * 3_000 + 150_000,
  );
});

describe("a key that the provider refuses", () => {
  it("pauses the connection, visibly; it goes on with a working key by itself", async () => {
    const [definitionId = ""] = await createOutside(stack, 1);
    const setKey = (key: object | null) =>
      stack.simulator("POST", "edits", { action: "set-key", apiKey: "test-key-retell", key });
    await setKey(null);
    await submit("revoked-1", definitionId);
    await becomes("paused");
    expect(await connection()).toMatchObject({ reason: "key-refused", since: expect.any(String) });
    expect((await stack.api("GET", "/change-requests/revoked-1")).body).toMatchObject({ status: "queued" });
    const { workspaces } = await stack.simulator<{ workspaces: { id: string }[] }>("GET", "state");
    await setKey({ workspace: workspaces[0]?.id });
    expect(await stack.outcome("revoked-1", 150_000)).toMatchObject({ status: "applied" });
    await becomes("active");
  });

  it("is no matter while an operator has paused the connection; an operator resumes it", async () => {
    const [definitionId = ""] = await createOutside(stack, 1);
    const paused = await stack.api("POST", "/connections/retell/pause", { body: { reason: "maintenance" } });
    expect(paused).toMatchObject({ status: 200, body: { state: "paused", reason: "maintenance" } });
    await submit("paused-1", definitionId);
    await waitFor(async () => (await stack.api("GET", "/change-requests/paused-1")).status === 200, {
      timeoutMs: 10_000,
      what: "the request to be seen",
    });
    const resumed = await stack.api("POST", "/connections/retell/resume", { body: {} });
    expect(resumed).toMatchObject({ status: 200, body: { state: "active" } });
    // What came in meanwhile waits its time; what comes now does not.
    const [other = ""] = await createOutside(stack, 1);
    await submit("resumed-1", other);
    expect(await stack.outcome("resumed-1")).toMatchObject({ status: "applied" });
  });
});
