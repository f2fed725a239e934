/** A connection that must not or cannot be used, on the whole system: what is submitted meanwhile is applied after. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PutSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { afterAll, beforeAll, expect, it } from "vitest";
import { LocalStack } from "../../support/local-stack.ts";
import { addEngine, createOutside } from "../../support/stack-workspace.ts";
import { waitFor } from "../../support/wait-for.ts";

type ConnectionView = { readonly state: string; readonly reason?: string; readonly pausedBy?: string };

/** Of the local stack's template, as the runbook names it. */
const SECRET = "test-case-sync/connections/retell";

let stack: LocalStack;
const dataDir = mkdtempSync(join(tmpdir(), "test-case-sync-"));
beforeAll(async () => {
  stack = await LocalStack.start(dataDir);
  await addEngine(stack);
});
afterAll(async () => {
  await stack?.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

let requests = 0;
async function submitEdit(): Promise<string> {
  const [definitionId = ""] = await createOutside(stack, 1);
  const requestId = `pause-${++requests}`;
  const body = { requestId, operation: "update", definitionId, patch: { metrics: [`metric ${requests}`] } };
  expect((await stack.api("POST", "/change-requests", { body })).status).toBe(202);
  return requestId;
}

async function connection(): Promise<ConnectionView | undefined> {
  const { body } = await stack.api<{ items: ConnectionView[] }>("GET", "/connections");
  return body.items[0];
}

const untilConnection = (wanted: Partial<ConnectionView>) =>
  waitFor(
    async () => {
      const now = await connection();
      expect(now).toMatchObject(wanted);
      return now;
    },
    { timeoutMs: 60_000, what: JSON.stringify(wanted) },
  );

const setKey = (apiKey: string, key: object | null) =>
  stack.simulator("POST", "edits", { action: "set-key", apiKey, key });

async function workspaceId(): Promise<string> {
  const state = await stack.simulator<{ workspaces: { id: string }[] }>("GET", "state");
  return state.workspaces[0]?.id ?? "";
}

/** As `aws secretsmanager put-secret-value` does. */
async function putSecret(text: string): Promise<void> {
  const { secretsManager, region } = stack.description();
  const client = new SecretsManagerClient({
    endpoint: secretsManager.endpoint,
    region,
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
  });
  await client.send(new PutSecretValueCommand({ SecretId: SECRET, SecretString: text }));
  client.destroy();
}

/** Why the function says that the request waits, once per delivery. */
function waits(requestId: string): unknown[] {
  const log = readFileSync(join(stack.description().logs, "apply-change.log"), "utf8");
  return log
    .split("\n")
    .filter((line) => line.includes("request-waits") && line.includes(`"${requestId}"`))
    .map((line) => (JSON.parse(line.slice(line.indexOf("{"))) as { reason?: unknown }).reason);
}

/** Every call to the simulated provider so far. */
const calls = () => stack.simulator<unknown[]>("GET", "requests");

it("while an operator pauses the connection nothing is sent, and the resume lets it go on", async () => {
  const paused = await stack.api("POST", "/connections/retell/pause", { body: { reason: "migration" } });
  expect(paused).toMatchObject({ status: 200, body: { state: "paused", pausedBy: "operator" } });
  const requestId = await submitEdit();
  const callsBefore = await calls();
  await waitFor(() => waits(requestId).length > 0, { timeoutMs: 30_000, what: "the first delivery" });
  expect(waits(requestId)).toEqual(["paused-by-operator"]);
  expect(await calls()).toEqual(callsBefore);
  const resumed = await stack.api("POST", "/connections/retell/resume", { body: { reason: "done" } });
  expect(resumed).toMatchObject({ status: 200, body: { state: "active" } });
  expect(await stack.outcome(requestId)).toMatchObject({ status: "applied" });
});

it("a revoked key pauses the connection, and another key in the secret ends the pause", async () => {
  await setKey("test-key-retell", null);
  const requestId = await submitEdit();
  await untilConnection({ state: "paused", reason: "key-refused", pausedBy: "system" });
  await setKey("second-key", { workspace: await workspaceId() });
  await putSecret("second-key");
  expect(await stack.outcome(requestId)).toMatchObject({ status: "applied" });
  // The outcome is committed before the pause is ended.
  await untilConnection({ state: "active" });
});

it("a key without the permission to write pauses writes, and one with it ends the pause", async () => {
  const workspace = await workspaceId();
  await setKey("second-key", { workspace, permissions: { testing: "read", agent: "read" } });
  const requestId = await submitEdit();
  await untilConnection({ state: "writes-paused", reason: "writes-refused", pausedBy: "system" });
  await setKey("third-key", { workspace });
  await putSecret("third-key");
  expect(await stack.outcome(requestId)).toMatchObject({ status: "applied" });
  // The outcome is committed before the pause is ended.
  await untilConnection({ state: "active" });
});
