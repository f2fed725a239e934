/** What the benchmark and its worker processes tell each other over their IPC channel. */
import type { Cell } from "./cell.ts";

/** Given to a worker as its only argument, in JSON. */
export type WorkerTask = {
  readonly cell: Cell;
  /** Number of the worker, from 0. */
  readonly worker: number;
  readonly providerUrl: string;
  readonly apiKey: string;
  readonly definitionId: string;
  readonly dynamodbEndpoint: string;
  readonly region: string;
  /** Of the limiter that is measured, and of rate-limiter-flexible. */
  readonly tables: { readonly state: string; readonly flexible: string };
};

/** All instants are epoch milliseconds. */
export type Go = {
  readonly kind: "go";
  readonly startAt: number;
  readonly measureFrom: number;
  readonly until: number;
};

/** What only the worker knows; everything else is read from the simulator's log of requests. */
export type WorkerStats = {
  /** Between `measureFrom` and `until`. */
  readonly cpuMs: number;
  readonly tableWrites: number;
  readonly tableReads: number;
  /** How often something was refused or given up, by its reason; over the whole run. */
  readonly events: Readonly<Record<string, number>>;
};

export type WorkerReport =
  | { readonly kind: "ready" }
  | { readonly kind: "stats"; readonly stats: WorkerStats }
  | { readonly kind: "failed"; readonly message: string };
