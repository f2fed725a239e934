/** Workers that are killed in the middle of their work, and a stack that is. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { killIfAlive } from "../../../infra/local/engines/kill-if-alive.ts";
import type { Effect } from "../../../infra/local/simulators/effects-log.ts";
import type { JsonObject } from "../../../shared/platform/json.ts";
import { isRunning } from "../../support/is-running.ts";
import { LocalStack } from "../../support/local-stack.ts";
import { addEngine, createOutside } from "../../support/stack-workspace.ts";
import { waitFor } from "../../support/wait-for.ts";

const dataDir = mkdtempSync(join(tmpdir(), "test-case-sync-"));
const running: LocalStack[] = [];
afterAll(async () => {
  for (const stack of running) await stack.kill();
  rmSync(dataDir, { recursive: true, force: true });
});

async function start(args: readonly string[]): Promise<LocalStack> {
  const stack = await LocalStack.start(dataDir, args);
  running.push(stack);
  return stack;
}

describe("kill -9", () => {
  it("of workers now and then: 200 edits over 50 definitions all end, in order, each as one version", async () => {
    // A short call deadline makes a short function timeout, and so a short visibility timeout after each kill.
    const stack = await start([
      "--fresh",
      "--rate",
      "retell=8",
      "--call-timeout",
      "retell=1",
      "--settle",
      "retell=1",
    ]);
    await addEngine(stack);
    await stack.simulator("POST", "switches", { latencyMs: 15, answerLatencyMs: 15 });
    const definitions = await createOutside(stack, 50);
    const edits = definitions.flatMap((definitionId, index) =>
      [0, 1, 2, 3].map((number) => ({ definitionId, requestId: `edit-${index}-${number}` })),
    );
    // One after the other for each definition: that is the order which must be kept.
    await Promise.all(
      definitions.map(async (definitionId) => {
        for (const { requestId } of edits.filter((edit) => edit.definitionId === definitionId)) {
          await stack.enqueue({ requestId, operation: "update", definitionId, patch: { name: requestId } });
        }
      }),
    );
    let kills = 0;
    const open = new Set(edits.map(({ requestId }) => requestId));
    const killing = (async () => {
      while (kills < 8 && open.size > 0) {
        const before = (await stack.simulator<unknown[]>("GET", "requests?method=PUT")).length;
        // In the middle of the work: a few writes after the last kill.
        await waitFor(
          async () =>
            open.size === 0 ||
            (await stack.simulator<unknown[]>("GET", "requests?method=PUT")).length >= before + 5,
          { timeoutMs: 60_000, what: "writes after the last kill" },
        );
        const [victim] = stack.description().functions["apply-change"]?.pids ?? [];
        if (victim === undefined || open.size === 0) continue;
        killIfAlive(victim);
        kills += 1;
      }
    })();
    for (const { requestId } of edits) {
      expect(await stack.outcome(requestId, 150_000)).toMatchObject({ requestId, status: "applied" });
      open.delete(requestId);
    }
    await killing;
    expect(kills).toBe(8);

    const effects = await stack.simulator<Effect[]>("GET", "effects");
    const writes = effects.filter(({ kind, cause }) => kind === "updated" && cause.by === "request");
    const names = writes.map(({ after = "{}" }) => (JSON.parse(after) as JsonObject)["name"]);
    expect(new Set(names).size).toBe(200);
    expect(names).toHaveLength(200);

    for (const definitionId of definitions) {
      const path = `/connections/retell/definitions/${definitionId}`;
      const { body } = await stack.api<{ items: { version: number; requestId?: string }[] }>(
        "GET",
        `${path}/versions`,
      );
      const named = body.items.flatMap(({ requestId }) => requestId ?? []).reverse();
      expect(named).toEqual([...named].sort());
      expect((await stack.api("GET", `${path}/verify`)).body).toMatchObject({ valid: true });
    }
    expect(await stack.stop()).toBe(0);
  }, 400_000);

  it("of the whole stack loses nothing and leaves no process; started again, it goes on", async () => {
    const stack = await start(["--rate", "retell=8", "--call-timeout", "retell=1"]);
    await addEngine(stack).catch(() => undefined);
    const [definitionId = ""] = await createOutside(stack, 1);
    await stack.enqueue({
      requestId: "before-1",
      operation: "update",
      definitionId,
      patch: { name: "Before" },
    });
    await stack.outcome("before-1");
    const before = await stack.api("GET", `/connections/retell/definitions/${definitionId}`);
    const pids = Object.values(stack.description().functions).flatMap(({ pids }) => pids);
    // Accepted, and perhaps not yet begun, when everything dies.
    const accepted = await stack.api("POST", "/change-requests", {
      body: { requestId: "before-2", operation: "update", definitionId, patch: { name: "Accepted" } },
    });
    expect(accepted.status).toBe(202);
    await stack.kill();
    await waitFor(() => pids.every((pid) => !isRunning(pid)), {
      timeoutMs: 5_000,
      what: "the end of all functions",
    });

    const again = await start(["--rate", "retell=8", "--call-timeout", "retell=1"]);
    expect((await again.outcome("before-2", 90_000)).status).toBe("applied");
    expect((await again.outcome("before-1")).status).toBe("applied");
    const after = await again.api("GET", `/connections/retell/definitions/${definitionId}/versions/2`);
    expect(after.body).toMatchObject({
      contentHash: before.body["contentHash"],
      document: before.body["document"],
    });
    const all = Object.values(again.description().functions).flatMap(({ pids }) => pids);
    expect(await again.stop()).toBe(0);
    expect(all.filter(isRunning)).toEqual([]);
  }, 300_000);
});
