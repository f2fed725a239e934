/** Giving up and coming back on the whole system: dead letters, retry over the API and by the command, cancel. */
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { LocalStack } from "../../support/local-stack.ts";
import { addEngine, createOutside, storedDefinition } from "../../support/stack-workspace.ts";
import { waitFor } from "../../support/wait-for.ts";

let stack: LocalStack;
const dataDir = mkdtempSync(join(tmpdir(), "test-case-sync-"));
beforeAll(async () => {
  stack = await LocalStack.start(dataDir, ["--settle", "retell=2", "--call-timeout", "retell=1"]);
  await addEngine(stack);
});
afterAll(async () => {
  await stack?.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

const repository = join(import.meta.dirname, "../../..");
async function redrive(...args: string[]): Promise<string> {
  const command = ["infra/redrive.ts", "--data", dataDir, ...args];
  return (await promisify(execFile)(process.execPath, command, { cwd: repository })).stdout;
}

let requests = 0;
async function putsOf(definitionId: string): Promise<unknown[]> {
  const puts = await stack.simulator<{ path: string }[]>("GET", "requests?method=PUT");
  return puts.filter(({ path }) => path.endsWith(definitionId));
}

/**
 * An edit whose answer is lost, and with it the write; before anybody looks, somebody else edits what it was to change.
 * Nobody can tell whether the write has happened in between, so it fails. Another edit waits behind it.
 */
async function undecidable(): Promise<{ requestId: string; definitionId: string }> {
  const [definitionId = ""] = await createOutside(stack, 1);
  const requestId = `undecidable-${++requests}`;
  await stack.simulator("POST", "faults", { match: { method: "PUT" }, apply: "never", answer: "reset" });
  const edit = { operation: "update", definitionId, patch: { metrics: ["as requested"] } };
  await stack.api("POST", "/change-requests", { body: { requestId, ...edit } });
  await stack.enqueue({ requestId: `${requestId}-behind`, ...edit, patch: { name: "Behind" } });
  await waitFor(async () => (await putsOf(definitionId)).length > 0, {
    timeoutMs: 30_000,
    what: "the write",
  });
  await stack.simulator("POST", "edits", {
    action: "edit",
    definitionId,
    set: { metrics: ["of an outsider"] },
  });
  expect(await stack.outcome(requestId)).toMatchObject({
    status: "failed",
    epoch: 1,
    result: { reason: "outcome-unknown" },
  });
  return { requestId, definitionId };
}

describe("a request that was given up", () => {
  it("does not hold those behind it, and is applied after npm run redrive", async () => {
    const { requestId, definitionId } = await undecidable();
    expect(await stack.outcome(`${requestId}-behind`)).toMatchObject({ status: "applied" });
    await waitFor(
      async () => (await stack.api("GET", `/change-requests/${requestId}`)).body["deadLettered"] === true,
      { timeoutMs: 30_000, what: "the dead letter" },
    );
    const listed = await redrive();
    expect(listed).toMatch(new RegExp(`^retell · ${requestId} · outcome-unknown · .*: can be retried$`, "m"));
    expect(await redrive("--request", requestId)).toMatch(
      new RegExp(`^retell · ${requestId} · .*: retried, epoch 2$`, "m"),
    );

    expect(await stack.outcome(requestId)).toMatchObject({
      status: "applied",
      epoch: 2,
      earlier: [{ epoch: 1, status: "failed", result: { reason: "outcome-unknown" } }],
    });
    expect(await storedDefinition(stack, definitionId)).toMatchObject({
      metrics: ["as requested"],
      name: "Behind",
    });
    const { body } = await stack.api<{ items: { requestId?: string; epoch?: number }[] }>(
      "GET",
      `/connections/retell/definitions/${definitionId}/versions`,
    );
    expect(body.items[0]).toMatchObject({ requestId, epoch: 2, source: "change_request" });
    expect(await redrive()).toContain("retell: dead letters left: 0");
  });

  it("is applied after a retry over the API; its letter goes with the next npm run redrive", async () => {
    const { requestId, definitionId } = await undecidable();
    const editor = stack.description().tokens.editor;
    const path = `/change-requests/${requestId}/retry`;
    expect((await stack.api("POST", path, { token: editor })).status).toBe(403);
    const retried = await stack.api("POST", path);
    expect(retried).toMatchObject({ status: 202, body: { requestId, connection: "retell", epoch: 2 } });
    expect(await stack.outcome(requestId)).toMatchObject({ status: "applied", epoch: 2 });
    expect(await stack.api("POST", path)).toMatchObject({ status: 409, body: { code: "not-failed" } });
    expect(await storedDefinition(stack, definitionId)).toMatchObject({ metrics: ["as requested"] });
    expect(await redrive("--all")).toMatch(
      new RegExp(`^retell · ${requestId} · .*: settled, it is applied by now$`, "m"),
    );
    expect(await redrive()).toContain("retell: dead letters left: 0");
  });
});

describe("a request that is cancelled while its connection is paused", () => {
  it("is never sent, and those behind it are", async () => {
    const [definitionId = ""] = await createOutside(stack, 1);
    const edit = { operation: "update", definitionId, patch: { name: "Withdrawn" } };
    await stack.api("POST", "/connections/retell/pause", { body: { reason: "maintenance" } });
    await stack.api("POST", "/change-requests", { body: { requestId: "withdrawn", ...edit } });
    const cancelled = await stack.api("POST", "/change-requests/withdrawn/cancel", {
      token: stack.description().tokens.editor,
    });
    expect(cancelled).toMatchObject({
      status: 200,
      body: { status: "cancelled", attempts: 0, result: { reason: "withdrawn" } },
    });
    await stack.enqueue({ requestId: "wanted", ...edit, patch: { name: "Wanted" } });
    await stack.api("POST", "/connections/retell/resume", { body: {} });
    expect(await stack.outcome("wanted")).toMatchObject({ status: "applied" });
    expect(await stack.outcome("withdrawn")).toMatchObject({ status: "cancelled" });
    expect(await putsOf(definitionId)).toHaveLength(1);
  });
});
