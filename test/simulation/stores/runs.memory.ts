/** Runs in memory, for simulation and tests; conditions and effects are those of DynamoDB's. */
import {
  noCounts,
  RUN_LIFETIME_SECONDS,
  type Run,
  type RunKey,
} from "../../../shared/reconciliation/run/run.ts";
import type { RunEnd, RunStore } from "../../../shared/reconciliation/run/run-store.ts";
import { frozenCopy } from "./frozen-copy.ts";
import { type MemoryTables, type RunItem, runId } from "./memory-tables.ts";

type Tables = Pick<MemoryTables, "runs" | "currents">;

export function createMemoryRunStore(tables: Tables): RunStore {
  const { runs, currents } = tables;
  const running = (key: RunKey): RunItem | undefined => {
    const item = runs.get(runId(key));
    return item?.run.status === "running" ? item : undefined;
  };
  const put = (item: RunItem) => runs.set(runId(item.run), frozenCopy(item));

  return {
    async current(connection) {
      return currents.get(connection) ?? {};
    },

    async read(key) {
      return runs.get(runId(key))?.run;
    },

    async list(connection, before, limit) {
      return [...runs.values()]
        .map(({ run }) => run)
        .filter((run) => run.connection === connection && (before === undefined || run.runId < before))
        .sort((a, b) => (a.runId > b.runId ? -1 : 1))
        .slice(0, limit);
    },

    async begin(run, after) {
      const { connection, startedAt } = run;
      const current = currents.get(connection) ?? {};
      if (current.runId === run.runId) return true;
      const ended = after && running(after);
      if (current.runId !== after?.runId || runs.has(runId(run))) return false;
      if (after !== undefined && ended === undefined) return false;
      if (ended !== undefined) {
        put(endedItem(ended, { status: "unfinished", reason: "stood-still", finishedAt: startedAt }));
      }
      put({
        run: { ...run, status: "running", progressAt: startedAt, counts: noCounts },
        expiresAt: Math.ceil(startedAt / 1_000) + RUN_LIFETIME_SECONDS,
      });
      const firstStartedAt = current.firstStartedAt ?? startedAt;
      currents.set(connection, { ...current, runId: run.runId, firstStartedAt });
      return true;
    },

    async takeDiscovery(key, lease, now) {
      const item = running(key);
      if (item === undefined) return { kind: "over" };
      const held = item.lease;
      if (held !== undefined && held.token !== lease.token && held.until >= now) {
        return { kind: "held", until: held.until };
      }
      const run = { ...item.run, progressAt: now };
      put({ ...item, run, lease });
      return { kind: "taken", run, ...(item.cursor !== undefined && { cursor: item.cursor }) };
    },

    async giveDiscoveryBack(key, token, cursor) {
      const item = runs.get(runId(key));
      if (item?.lease?.token !== token) return;
      const { lease, cursor: _before, ...rest } = item;
      put({ ...rest, ...(cursor !== undefined && { cursor }) });
    },

    async endDiscovery(key, token, { scopes, ...found }, now) {
      const item = running(key);
      if (item?.lease?.token !== token || item.run.tally !== undefined) return false;
      const { lease, cursor, ...rest } = item;
      const tally = { total: scopes, open: scopes, halted: 0, unfinished: 0 };
      put({ ...rest, run: { ...item.run, ...found, tally, progressAt: now } });
      return true;
    },

    async noteProgress(key, now) {
      const item = running(key);
      if (item !== undefined) put({ ...item, run: { ...item.run, progressAt: now } });
    },

    async end(run, end) {
      const { connection, scope, startedAt } = run;
      const item = running(run);
      const current = currents.get(connection);
      if (item === undefined || current?.runId !== run.runId) return false;
      put(endedItem(item, end));
      const { runId: _ended, ...rest } = current;
      const isComplete = end.status === "completed" && scope === undefined;
      currents.set(connection, { ...rest, ...(isComplete && { lastCompletedAt: startedAt }) });
      return true;
    },

    async takeDecision(key, lease, now) {
      const item = runs.get(runId(key));
      if (item?.run.status !== "halted") return false;
      if (item.lease !== undefined && item.lease.until >= now) return false;
      put({ ...item, lease });
      return true;
    },

    async giveDecisionBack(key, token) {
      const item = runs.get(runId(key));
      if (item?.lease?.token !== token) return;
      const { lease, ...rest } = item;
      put(rest);
    },

    async endHalt(key, reason) {
      const item = runs.get(runId(key));
      if (item?.run.status !== "halted") return false;
      put({ ...item, run: { ...item.run, status: "unfinished", reason } });
      return true;
    },
  };
}

function endedItem(
  { run, expiresAt }: RunItem,
  { waitsForDecision = false, reason, ...end }: RunEnd,
): RunItem {
  const { reason: _before, ...rest } = run;
  const ended: Run = { ...rest, ...end, ...(reason !== undefined && { reason }) };
  return { run: ended, ...(expiresAt !== undefined && !waitsForDecision && { expiresAt }) };
}
