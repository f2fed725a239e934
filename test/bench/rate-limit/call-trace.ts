/**
 * What a worker writes into the headers of each call, for the simulator's log: so the log alone tells the whole story,
 * also that of workers which were killed. Instants are epoch milliseconds with fractions.
 */
export type CallTrace = {
  readonly worker: number;
  /** When the worker wanted to make the call, before any wait. */
  readonly wantedAt: number;
  /** Of a write: when the answer of the read before it was there. */
  readonly readAnsweredAt?: number;
};

const names = {
  worker: "x-bench-worker",
  wantedAt: "x-bench-wanted-at",
  readAnsweredAt: "x-bench-read-answered-at",
} as const;
const SENT_AT = "x-bench-sent-at";

export function traceHeaders({ worker, wantedAt, readAnsweredAt }: CallTrace): Record<string, string> {
  return {
    [names.worker]: String(worker),
    [names.wantedAt]: String(wantedAt),
    ...(readAnsweredAt !== undefined && { [names.readAnsweredAt]: String(readAnsweredAt) }),
  };
}

/** Added at the last moment, at every attempt again. */
export function sentNowHeaders(): Record<string, string> {
  return { [SENT_AT]: String(epochNow()) };
}

export type SentTrace = CallTrace & { readonly sentAt: number };

/** `undefined` for a request that no worker has sent. */
export function readTrace(headers: Readonly<Record<string, string>>): SentTrace | undefined {
  const worker = headers[names.worker];
  if (worker === undefined) return undefined;
  const readAnsweredAt = headers[names.readAnsweredAt];
  return {
    worker: Number(worker),
    wantedAt: Number(headers[names.wantedAt]),
    sentAt: Number(headers[SENT_AT]),
    ...(readAnsweredAt !== undefined && { readAnsweredAt: Number(readAnsweredAt) }),
  };
}

/** Finer than `Date.now()`, which the simulator stamps arrivals with, and the same clock. */
export function epochNow(): number {
  return performance.timeOrigin + performance.now();
}
