/** Scheduled reconciliation on the whole system: what is done outside is found, and nothing else ever is. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { healRequestId } from "../../../shared/reconciliation/heal/heal-request.ts";
import { LocalStack } from "../../support/local-stack.ts";
import { passed, reconciledStack } from "../../support/reconciled-stack.ts";
import { type RunView, reconcile, scopeOf, type VersionView, versionsOf } from "../../support/stack-runs.ts";
import { addEngine, caseOf, createOutside, storedDefinition } from "../../support/stack-workspace.ts";
import { waitFor } from "../../support/wait-for.ts";

const dataDir = mkdtempSync(join(tmpdir(), "test-case-sync-"));
const healed = "retell-llm:llm_healed";
const connection = {
  id: "retell",
  provider: "retell",
  baseUrl: "https://simulated.example",
  rateLimit: { requestsPerSecond: 200, burst: 20, adaptive: false },
  settleSeconds: 1,
  reconcile: {
    // Longer than this file takes: its runs are started by hand.
    every: "12 hours",
    confirmDeletionAfter: "1 seconds",
    exceptions: [{ scope: healed, policy: "heal" }],
  },
};
/** As `confirmDeletionAfter`. */
const CONFIRM_MS = 1_000;
let stack: LocalStack;
beforeAll(async () => {
  const config = join(dataDir, "connections.json");
  writeFileSync(config, JSON.stringify({ connections: [connection] }));
  stack = await LocalStack.start(join(dataDir, "stack"), ["--config", config]);
});
afterAll(async () => {
  await stack?.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

const { recordedScope, edit, remove, definition, decide, expectInterval, callsSince, callsSoFar } =
  reconciledStack(() => stack, connection.settleSeconds * 1_000);

describe("the first run over a scope", () => {
  it("takes each definition from the list; the next one finds all as it was, for its lists alone", async () => {
    await addEngine(stack, "llm_first");
    const ids = await createOutside(stack, 120, caseOf("llm_first"));
    const scope = "retell-llm:llm_first";
    const before = await callsSoFar();
    const first = await reconcile(stack, scope);
    expect(first).toMatchObject({ status: "completed", trigger: "operator", scope });
    expect(first.counts).toMatchObject({ listed: 120, baselines: 120, created: 0, changed: 0, left: 0 });
    // The list shows all; some are read to see that it does.
    const reads = (await callsSince(before)).filter((call) => call === "GET /get-test-case-definition");
    expect(reads.length).toBeLessThan(10);
    for (const definitionId of [ids[0] ?? "", ids[119] ?? ""]) {
      const versions = await versionsOf(stack, definitionId);
      expect(versions).toMatchObject([
        { version: 1, changeType: "baseline", source: "reconciliation", scope },
      ]);
      const { body } = await definition(definitionId);
      expect(body["document"]).toEqual(await storedDefinition(stack, definitionId));
    }
    const between = await callsSoFar();
    const second = await reconcile(stack, scope);
    expect(second.counts).toEqual({
      listed: 120,
      baselines: 0,
      created: 0,
      changed: 0,
      moved: 0,
      missing: 0,
      deleted: 0,
      left: 0,
    });
    const calls = await callsSince(between);
    expect(calls.filter((call) => !/key-info|\/v2\/list-/.test(call))).toEqual([]);
    const scopes = await stack.api<{ items: object[] }>("GET", "/connections/retell/scopes");
    expect(scopes.body.items).toContainEqual({
      connection: "retell",
      scope,
      definitions: 120,
      counts: second.counts,
      lastCompletedRunId: second.runId,
      lastReconciledAt: expect.any(String),
      silenced: 0,
    });
  });
});

describe("what is done outside", () => {
  it("is found by the next run, with the interval in which it happened: edited, created, moved", async () => {
    await addEngine(stack, "llm_elsewhere");
    const { ids } = await recordedScope("llm_outside", 6);
    const [edited = "", moved = "", untouched = ""] = ids;
    const before = await reconcile(stack);
    await edit(edited, "Edited in the dashboard.");
    const [created = ""] = await createOutside(stack, 1, caseOf("llm_outside"));
    await stack.simulator("POST", "edits", {
      action: "move",
      definitionId: moved,
      responseEngine: { type: "retell-llm", llm_id: "llm_elsewhere", version: 3 },
    });
    const after = await reconcile(stack);
    expect(after).toMatchObject({
      status: "completed",
      counts: { changed: 1, created: 1, moved: 1, missing: 0, deleted: 0, left: 0 },
    });
    for (const [definitionId, changeType, scope] of [
      [edited, "updated", "retell-llm:llm_outside"],
      [created, "created", "retell-llm:llm_outside"],
      [moved, "moved", "retell-llm:llm_elsewhere"],
    ] as const) {
      const [newest] = await versionsOf(stack, definitionId);
      expect(newest).toMatchObject({ changeType, source: "reconciliation", scope, deleted: false });
      await expectInterval(definitionId, newest as VersionView, { before, after });
      expect((await definition(definitionId)).body["document"]).toEqual(
        await storedDefinition(stack, definitionId),
      );
      const verified = await stack.api("GET", `/connections/retell/definitions/${definitionId}/verify`);
      expect(verified.body).toMatchObject({ valid: true });
    }
    expect(await versionsOf(stack, untouched)).toHaveLength(1);
    expect((await reconcile(stack)).counts).toMatchObject({ changed: 0, created: 0, moved: 0, missing: 0 });
  });

  it("deleted there, it is missing for one run, and deleted for the next one", async () => {
    const { scope, ids } = await recordedScope("llm_deleted", 5);
    const [gone = ""] = ids;
    const before = await reconcile(stack, scope);
    await remove([gone]);
    const first = await reconcile(stack, scope);
    expect(first).toMatchObject({ status: "completed", counts: { listed: 4, missing: 1, deleted: 0 } });
    expect((await definition(gone)).body).toMatchObject({
      deleted: false,
      version: 1,
      missingSince: expect.any(String),
    });
    await passed(first, CONFIRM_MS);
    const second = await reconcile(stack, scope);
    expect(second).toMatchObject({ status: "completed", counts: { listed: 4, missing: 0, deleted: 1 } });
    const versions = await versionsOf(stack, gone);
    expect(versions.map(({ changeType }) => changeType)).toEqual(["deleted", "baseline"]);
    expect(versions[0]).toMatchObject({ source: "reconciliation", deleted: true });
    // Found by the first of the two looks.
    await expectInterval(gone, versions[0] as VersionView, { before, after: first });
    expect((await reconcile(stack, scope)).counts).toMatchObject({ listed: 4, missing: 0, deleted: 0 });
    for (const id of ids.slice(1)) expect(await versionsOf(stack, id)).toHaveLength(1);
  });
});

describe("a scope of which too much is missing", () => {
  const list = (llmId: string) => ({
    method: "GET",
    path: "/v2/list-test-case-definitions",
    query: { type: "retell-llm", llm_id: llmId },
    times: "always",
  });

  it("is halted and nothing of it recorded, other scopes are reconciled; discarded, it is left alone", async () => {
    const { scope, ids } = await recordedScope("llm_emptied", 8);
    const other = await recordedScope("llm_beside", 4);
    await edit(other.ids[0] ?? "", "Edited while the other list was empty.");
    await stack.simulator("POST", "faults", { match: list("llm_emptied"), list: "empty" });
    const run = await reconcile(stack);
    expect(run.status).toBe("halted");
    const halted = scopeOf(run, scope);
    expect(halted).toMatchObject({ status: "halted", reason: "too-much-missing", counts: { deleted: 0 } });
    expect(halted.halted?.toSorted()).toEqual(ids.toSorted());
    expect(scopeOf(run, other.scope)).toMatchObject({ status: "completed", counts: { changed: 1 } });
    expect((await definition(ids[0] ?? "")).body).not.toHaveProperty("missingSince");

    // The next run skips them, and says no more about it.
    expect(await reconcile(stack)).toMatchObject({ status: "completed", counts: { missing: 0 } });
    const scopes = await stack.api<{ items: object[] }>("GET", "/connections/retell/scopes?limit=200");
    expect(scopes.body.items).toContainEqual(expect.objectContaining({ scope, haltedRunId: run.runId }));

    const decided = await decide(run, "discard");
    expect(decided).toMatchObject({ status: 200, body: { status: "completed" } });
    expect(scopeOf(decided.body, scope)).toMatchObject({ status: "completed", decided: "discard" });
    expect(await decide(run, "confirm")).toMatchObject({ status: 409, body: { code: "not-halted" } });
    expect(await reconcile(stack)).toMatchObject({ status: "completed", counts: { missing: 0, deleted: 0 } });
    await stack.simulator("DELETE", "faults");
    await edit(ids[0] ?? "", "Edited after all.");
    expect(scopeOf(await reconcile(stack), scope)).toMatchObject({
      status: "completed",
      counts: { listed: 8, changed: 1, missing: 0 },
    });
    for (const id of ids.slice(1)) expect(await versionsOf(stack, id)).toHaveLength(1);
  });

  it("is confirmed, and what is really gone is recorded as deleted, and nothing else", async () => {
    const { scope, ids } = await recordedScope("llm_tidied", 8);
    const [, , , , , , , hidden = ""] = ids;
    await remove(ids.slice(0, 6));
    await stack.simulator("POST", "faults", { match: list("llm_tidied"), list: { omit: [hidden] } });
    const run = await reconcile(stack, scope);
    expect(scopeOf(run, scope).halted?.toSorted()).toEqual([...ids.slice(0, 6), hidden].toSorted());
    expect(await decide(run, "confirm")).toMatchObject({ status: 200, body: { status: "completed" } });
    // What is there is not missing, whatever the list shows.
    const first = await reconcile(stack, scope);
    expect(first).toMatchObject({ status: "completed", counts: { missing: 6, deleted: 0, left: 0 } });
    await passed(first, CONFIRM_MS);
    expect(await reconcile(stack, scope)).toMatchObject({ status: "completed", counts: { deleted: 6 } });
    await stack.simulator("DELETE", "faults");
    for (const id of ids.slice(0, 6)) {
      expect((await versionsOf(stack, id)).map(({ changeType }) => changeType)).toEqual([
        "deleted",
        "baseline",
      ]);
    }
    for (const id of ids.slice(6)) expect(await versionsOf(stack, id)).toHaveLength(1);
    expect(await reconcile(stack, scope)).toMatchObject({ counts: { listed: 2, missing: 0, deleted: 0 } });
  });

  it("because its engine was deleted is halted as well", async () => {
    const { scope, ids } = await recordedScope("llm_dropped", 5);
    await stack.simulator("POST", "edits", {
      action: "delete-engine",
      type: "retell-llm",
      id: "llm_dropped",
    });
    const run = await reconcile(stack);
    expect(scopeOf(run, scope)).toMatchObject({ status: "halted", reason: "too-much-missing" });
    expect(scopeOf(run, scope).halted?.toSorted()).toEqual(ids.toSorted());
    await decide(run, "discard", { scope });
    for (const id of ids) expect(await versionsOf(stack, id)).toHaveLength(1);
  });
});

describe("another workspace's key", () => {
  const setKey = (workspace: string) =>
    stack.simulator("POST", "edits", { action: "set-key", apiKey: "test-key-retell", key: { workspace } });

  it("halts the run before anything is compared; with the right key the next one is as ever", async () => {
    const { scope, ids } = await recordedScope("llm_other_key", 5);
    await reconcile(stack);
    const { workspaces } = await stack.simulator<{ workspaces: { id: string; orgName: string }[] }>(
      "GET",
      "state",
    );
    const engine = { type: "retell-llm", id: "llm_foreign", version: 0, modifiedAt: 1_700_000_000_000 };
    const seed = { id: "another", orgName: "Slice Harbor", engines: [engine] };
    await stack.simulator("POST", "edits", { action: "add-workspace", seed });
    await setKey("another");
    const run = await reconcile(stack);
    expect(run).toMatchObject({
      status: "halted",
      reason: "other-workspace",
      otherWorkspace: "Slice Harbor",
      counts: { listed: 0, missing: 0, deleted: 0 },
    });
    const { body } = await stack.api<{ items: { scope: string }[] }>(
      "GET",
      "/connections/retell/scopes?limit=200",
    );
    expect(body.items.map((one) => one.scope)).not.toContain("retell-llm:llm_foreign");

    await setKey(workspaces[0]?.id ?? "");
    expect(await decide(run, "discard")).toMatchObject({ status: 200, body: { status: "unfinished" } });
    expect(await reconcile(stack)).toMatchObject({ status: "completed", counts: { missing: 0, deleted: 0 } });
    for (const id of ids) expect(await versionsOf(stack, id)).toHaveLength(1);

    // Confirmed, it is the connection's; that all is gone from it still needs a decision about each scope.
    await setKey("another");
    const again = await reconcile(stack);
    expect(await decide(again, "confirm")).toMatchObject({ status: 200, body: { status: "unfinished" } });
    const believed = await reconcile(stack);
    expect(believed.status).toBe("halted");
    expect(scopeOf(believed, scope)).toMatchObject({ status: "halted", reason: "too-much-missing" });
    await setKey(workspaces[0]?.id ?? "");
    await decide(believed, "discard");
    expect(await reconcile(stack)).toMatchObject({ status: "completed", counts: { deleted: 0 } });
    for (const id of ids) expect(await versionsOf(stack, id)).toHaveLength(1);
  });
});

describe("the policy heal", () => {
  it("restores what was changed outside within one run, and leaves it at the third time", async () => {
    const { scope, ids } = await recordedScope("llm_healed", 12);
    expect(scope).toBe(healed);
    const [id = ""] = ids;
    const original = await storedDefinition(stack, id);
    const prompt = async () => (await storedDefinition(stack, id))?.["user_prompt"];
    for (const driftVersion of [2, 4]) {
      await edit(id, "Drifted.");
      expect(await reconcile(stack, scope)).toMatchObject({ status: "completed", counts: { changed: 1 } });
      const requestId = healRequestId({ connection: "retell", definitionId: id }, driftVersion);
      expect(await stack.outcome(requestId)).toMatchObject({
        status: "applied",
        result: { version: driftVersion + 1 },
      });
      expect(await prompt()).toBe(original?.["user_prompt"]);
    }
    await edit(id, "Drifted.");
    expect(await reconcile(stack, scope)).toMatchObject({ status: "completed", counts: { changed: 1 } });
    const logFile = join(stack.description().logs, "reconcile-scope.log");
    const stops = () =>
      readFileSync(logFile, "utf8")
        .split("\n")
        .filter((line) => line.includes('"HealStopped":'));
    // Metrics are written after the end of the run.
    await waitFor(() => stops().length === 1, { timeoutMs: 10_000, what: "the alarm's metric" });
    expect(await prompt()).toBe("Drifted.");
    // Nothing comes after it either.
    expect(await reconcile(stack, scope)).toMatchObject({ counts: { changed: 0 } });
    const versions = await versionsOf(stack, id);
    expect(versions.map(({ changeType, source }) => `${changeType} ${source}`).reverse()).toEqual([
      "baseline reconciliation",
      "updated reconciliation",
      "restored change_request",
      "updated reconciliation",
      "restored change_request",
      "updated reconciliation",
    ]);
    for (const other of ids.slice(1)) expect(await versionsOf(stack, other)).toHaveLength(1);
  });
});

describe("200 edits that apply while runs go on", () => {
  it("are no outside changes, and one outside change among them is found", async () => {
    const { scope, ids } = await recordedScope("llm_busy", 40);
    const [outside = "", ...edited] = await createOutside(stack, 1, caseOf("llm_busy")).then(([id = ""]) => [
      id,
      ...ids,
    ]);
    const requests = edited.flatMap((definitionId, index) =>
      [0, 1, 2, 3, 4].map((number) => ({
        requestId: `busy-${index}-${number}`,
        operation: "update",
        definitionId,
        patch: { user_prompt: `Edit ${number} of ${index}` },
      })),
    );
    await Promise.all(
      edited.map(async (definitionId) => {
        for (const request of requests) {
          if (request.definitionId === definitionId) await stack.enqueue(request);
        }
      }),
    );
    let isApplying = true;
    const runs: RunView[] = [];
    const reconciling = (async () => {
      while (isApplying) {
        runs.push(await reconcile(stack, scope));
        if (runs.length === 2) await edit(outside, "Edited outside.");
      }
    })();
    for (const { requestId } of requests) {
      expect(await stack.outcome(requestId, 200_000)).toMatchObject({ status: "applied" });
    }
    isApplying = false;
    await reconciling;
    runs.push(await reconcile(stack, scope));
    expect(runs.map(({ status }) => status)).toEqual(runs.map(() => "completed"));
    expect(runs.length).toBeGreaterThan(3);
    const sum = (name: keyof RunView["counts"]) => runs.reduce((total, run) => total + run.counts[name], 0);
    expect({ created: sum("created"), changed: sum("changed"), missing: sum("missing") }).toEqual({
      created: 1,
      changed: 1,
      missing: 0,
    });
    for (const definitionId of edited) {
      const versions = await versionsOf(stack, definitionId);
      expect(versions.map(({ source }) => source)).toEqual([
        ...Array.from({ length: 5 }, () => "change_request"),
        "reconciliation",
      ]);
    }
    expect((await versionsOf(stack, outside)).map(({ changeType }) => changeType)).toEqual([
      "updated",
      "created",
    ]);
  }, 300_000);
});
