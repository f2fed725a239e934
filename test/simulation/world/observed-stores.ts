/** Stores that note what happens in them, for the model: outcomes, attempts, runs, observations. */
import type { RequestKey } from "../../../shared/change-request/record/request-record.ts";
import { type MemoryTables, requestId as requestText } from "../stores/memory-tables.ts";
import type { BegunAttempt, Facts, Transition } from "./facts.ts";
import { observedCommits, observedRequests } from "./observed-requests.ts";
import { observedScans } from "./observed-scans.ts";
import type { Stores } from "./sabotage.ts";

export type ObservedWorld = {
  readonly tables: MemoryTables;
  readonly facts: Facts;
  readonly time: { now(): number };
  trace(line: () => string): void;
  /** A request was given up. */
  onFailed(requestId: string): void;
};

export function observedStores(stores: Stores, world: ObservedWorld): Stores {
  const { tables, facts, time, trace } = world;
  const observer = {
    peek: (key: RequestKey) => tables.requests.get(requestText(key)),
    begun: (attempt: BegunAttempt) => void facts.attempts.push(attempt),
    note: (transition: Omit<Transition, "at">) => {
      facts.transitions.push({ ...transition, at: time.now() });
      const { requestId, epoch, from, to } = transition;
      trace(() => `record: ${requestId}/${epoch} ${from} → ${to}`);
      if (to === "failed") world.onFailed(requestId);
    },
  };
  return {
    ...observedScans(stores, tables, facts.scans, time),
    requests: observedRequests(stores.requests, observer),
    commits: observedCommits(stores.commits, observer),
  };
}
