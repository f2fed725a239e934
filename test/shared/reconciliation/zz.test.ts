import { it } from "vitest";
import { startRun } from "../../../shared/reconciliation/start-run.ts";
import { reconciliationWorld } from "../../support/reconciliation/reconciliation-world.ts";
it("x", async () => {
  const slow = reconciliationWorld({
    connection: { rateLimit: { requestsPerSecond: 0.1, burst: 1, adaptive: false } },
    pageSize: 2, invocationMs: 40_000,
  });
  for (let made = 0; made < 6; made += 1) slow.create(`case ${made}`);
  await startRun(slow.dependencies, { trigger: "schedule" });
  const t0 = slow.clock.now();
  for (let i = 0; i < 14; i += 1) {
    const d = await slow.deliverNext();
    console.log(slow.clock.now() - t0, JSON.stringify(d), slow.workspace.requests().map((r) => `${r.at - t0}${r.path.slice(0, 22)}`).slice(-4).join(" | "));
  }
});
