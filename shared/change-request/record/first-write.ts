/**
 * A request that was sent straight to the queue has no record yet. It is put together with the first thing that there
 * is to write about it (an attempt, an outcome, a wait), which saves a write per request.
 */
import type { RequestKey, RequestRecord } from "./request-record.ts";
import type { RequestStore } from "./request-store.ts";

export type FirstWrite = {
  /** The store, in which the first write of this request makes its record. */
  readonly requests: RequestStore;
  /** Puts the record as it is, where nothing else was written. */
  keep(): Promise<void>;
};

export function firstWriteOf(requests: RequestStore, fresh: RequestRecord): FirstWrite {
  let isStored = false;
  const isFresh = ({ connection, requestId }: RequestKey) =>
    !isStored && connection === fresh.connection && requestId === fresh.requestId;
  /** `undefined`: somebody has put a record meanwhile, which may be another request's under the same id. */
  const put = async (record: RequestRecord): Promise<true | undefined> => {
    const answer = await requests.create(record);
    isStored = true;
    return answer.created ? true : undefined;
  };
  const isOwn = async () => (await requests.read(fresh))?.fingerprint === fresh.fingerprint;

  return {
    requests: {
      ...requests,

      async beginAttempt(key, epoch, begun) {
        const { attempts, charges, startedAt } = begun;
        const applying = {
          ...fresh,
          status: "applying",
          attempts,
          charges,
          firstAttemptAt: startedAt,
        } as const;
        if (isFresh(key) && (await put(applying))) return true;
        return (await isOwn()) && (await requests.beginAttempt(key, epoch, begun));
      },

      async noteFailure(key, epoch, note) {
        if (isFresh(key)) await put(fresh);
        const isOthers = key.requestId !== fresh.requestId;
        return (isOthers || (await isOwn())) && (await requests.noteFailure(key, epoch, note));
      },

      async keepBody(key, body, now) {
        const existing = await requests.read(key);
        if (existing === undefined || existing.fingerprint === fresh.fingerprint) {
          await requests.keepBody(key, body, now);
        }
      },

      async finish(outcome) {
        const { key, status, result, finishedAt } = outcome;
        const failed = status === "failed" && { deadLettered: false };
        if (isFresh(key) && (await put({ ...fresh, status, result, finishedAt, ...failed }))) return true;
        return (await isOwn()) && (await requests.finish(outcome));
      },
    },

    async keep() {
      if (!isStored) await put(fresh);
    },
  };
}
