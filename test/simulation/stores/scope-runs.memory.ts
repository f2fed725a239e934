/** The states of scopes in runs in memory, for simulation and tests; conditions and effects are those of DynamoDB's. */
import { isDeepStrictEqual } from "node:util";
import { unknownScope } from "../../../shared/reconciliation/run/known-scope.ts";
import {
  type Counts,
  noCounts,
  RUN_LIFETIME_SECONDS,
  type Run,
  type ScopeTally,
} from "../../../shared/reconciliation/run/run.ts";
import type {
  ScopeEnd,
  ScopeRunKey,
  ScopeRunStore,
} from "../../../shared/reconciliation/run/scope-run-store.ts";
import { bytesOfPass, passOfBytes } from "../../../shared/reconciliation/scan/pass-bytes.ts";
import { frozenCopy } from "./frozen-copy.ts";
import { writeKnownScope } from "./known-scopes.memory.ts";
import { knownScopeId, type MemoryTables, runId, type ScopeRunItem, scopeRunId } from "./memory-tables.ts";

type Tables = Pick<MemoryTables, "runs" | "scopeRuns" | "knownScopes">;

export function createMemoryScopeRunStore(tables: Tables): ScopeRunStore {
  const { runs, scopeRuns, knownScopes } = tables;
  const put = (item: ScopeRunItem) => scopeRuns.set(scopeRunId(item.scopeRun), frozenCopy(item));
  const itemOf = (key: ScopeRunKey) => scopeRuns.get(scopeRunId(key));

  return {
    async add({ connection, runId: id }, scopes, startedAt) {
      const expiresAt = Math.ceil(startedAt / 1_000) + RUN_LIFETIME_SECONDS;
      for (const scope of scopes) {
        const key = { connection, runId: id, scope };
        if (itemOf(key) === undefined) {
          put({ scopeRun: { ...key, status: "pending", counts: noCounts }, expiresAt });
        }
      }
    },

    async list({ connection, runId: id }) {
      return [...scopeRuns.entries()]
        .filter(([, { scopeRun }]) => scopeRun.connection === connection && scopeRun.runId === id)
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([, { scopeRun }]) => scopeRun);
    },

    async read(key) {
      return itemOf(key)?.scopeRun;
    },

    async take(key, lease, now) {
      const item = itemOf(key);
      const status = item?.scopeRun.status;
      if (item === undefined || (status !== "pending" && status !== "running")) return { kind: "over" };
      const held = item.lease;
      if (held !== undefined && held.token !== lease.token && held.until >= now) {
        return { kind: "held", until: held.until };
      }
      put({ ...item, scopeRun: { ...item.scopeRun, status: "running" }, lease });
      return {
        kind: "taken",
        ...(item.pass && { pass: passOfBytes(item.pass) }),
        ...(held !== undefined && held.token !== lease.token && { abandoned: true as const }),
      };
    },

    async giveBack(key, token, pass) {
      const item = itemOf(key);
      if (item?.lease?.token !== token) return;
      const { lease, ...rest } = item;
      put({ ...rest, ...(pass && { pass: bytesOfPass(pass) }) });
    },

    async end(key, token, end) {
      const item = itemOf(key);
      const run = runs.get(runId(key));
      const isOpen = item?.lease?.token === token && item.scopeRun.status === "running";
      if (!isOpen || run?.run.status !== "running") return "lost";
      const { known } = end;
      const before = known && (knownScopes.get(knownScopeId(known)) ?? unknownScope(known));
      if (before?.revision !== known?.revision) return "known-changed";
      if (known !== undefined) writeKnownScope(tables, known);
      runs.set(runId(key), frozenCopy({ ...run, run: withEnd(run.run, end) }));
      const { lease, pass, expiresAt, ...rest } = item;
      const { known: _kept, ...ended } = end;
      put({
        ...rest,
        scopeRun: { ...item.scopeRun, ...ended },
        ...(end.halted === undefined && expiresAt !== undefined && { expiresAt }),
      });
      return "ended";
    },

    async decide(key, beforeIds, { decision, remaining, expiresAt, known }) {
      const item = itemOf(key);
      if (item?.scopeRun.status !== "halted") return false;
      if (!isDeepStrictEqual(item.scopeRun.halted, frozenCopy(beforeIds))) return false;
      const { halted, ...scopeRun } = item.scopeRun;
      if (!writeKnownScope(tables, known)) return false;
      if (remaining.length > 0) {
        put({ ...item, scopeRun: { ...scopeRun, halted: remaining } });
        return true;
      }
      put({ ...item, scopeRun: { ...scopeRun, status: "completed", decided: decision }, expiresAt });
      const run = runs.get(runId(key));
      if (run !== undefined) runs.set(runId(key), frozenCopy({ ...run, ...decided(run.run, expiresAt) }));
      return true;
    },
  };
}

function withEnd(run: Run, { counts, finishedAt, status }: ScopeEnd): Run {
  const tally = run.tally as ScopeTally;
  return {
    ...run,
    progressAt: finishedAt,
    counts: sumOf(run.counts, counts),
    tally: {
      ...tally,
      open: tally.open - 1,
      halted: tally.halted + (status === "halted" ? 1 : 0),
      unfinished: tally.unfinished + (status === "unfinished" ? 1 : 0),
    },
  };
}

/** One scope less is halted; with the last one the run's own halt is over. */
function decided(run: Run, expiresAt: number): { readonly run: Run; readonly expiresAt?: number } {
  const before = run.tally as ScopeTally;
  const tally = { ...before, halted: before.halted - 1 };
  if (run.status !== "halted" || tally.halted > 0) return { run: { ...run, tally } };
  return { run: { ...run, tally, status: tally.unfinished > 0 ? "unfinished" : "completed" }, expiresAt };
}

function sumOf(a: Counts, b: Counts): Counts {
  const names = Object.keys(noCounts) as (keyof Counts)[];
  return Object.fromEntries(names.map((name) => [name, a[name] + b[name]])) as Counts;
}
