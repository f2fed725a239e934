/** A way to share one rate limit among workers. */
import type { ProviderCalls } from "../provider-calls.http.ts";
import type { TableMeter } from "../table-meter.ts";
import type { WorkerTask } from "../worker-protocol.ts";

export type PolicyParts = {
  readonly task: WorkerTask;
  readonly calls: ProviderCalls;
  readonly meter: TableMeter;
  /** Counts that something was refused or given up. */
  readonly note: (event: string) => void;
};

/** Resolves when one read, or one read and its write, have been accepted, however often that took. */
export type Work = () => Promise<void>;

/**
 * Resolves when the policy is warm: what its first questions load takes a while where all workers share two cores, and
 * functions do not share theirs. Each lives in a module of its own, so that a worker loads nothing that it does not use.
 */
export type CreatePolicy = (parts: PolicyParts) => Promise<Work>;
