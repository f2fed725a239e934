/** A request store and a commit store that note every change of a record's state, as the tables show it. */
import type { CommitStore } from "../../../shared/change-request/attempt/commit.ts";
import type { RequestKey, RequestRecord } from "../../../shared/change-request/record/request-record.ts";
import type { RequestStore } from "../../../shared/change-request/record/request-store.ts";
import type { BegunAttempt, Transition } from "./facts.ts";

export type Observer = {
  /** The record as it is in the tables. */
  peek(key: RequestKey): RequestRecord | undefined;
  note(transition: Omit<Transition, "at">): void;
  begun(attempt: BegunAttempt): void;
};

export function observedRequests(requests: RequestStore, observer: Observer): RequestStore {
  const watched = watcher(observer);
  return {
    ...requests,
    create: (record) =>
      watched(record, async () => {
        const answer = await requests.create(record);
        const { requestId, epoch, attempts } = record;
        if (answer.created && attempts > 0) observer.begun({ requestId, epoch, attempts });
        return answer;
      }),
    beginAttempt: (key, epoch, begun) =>
      watched(key, async () => {
        const isBegun = await requests.beginAttempt(key, epoch, begun);
        if (isBegun) observer.begun({ requestId: key.requestId, epoch, attempts: begun.attempts });
        return isBegun;
      }),
    noteFailure: (key, epoch, note) => watched(key, () => requests.noteFailure(key, epoch, note)),
    finish: (outcome) => watched(outcome.key, () => requests.finish(outcome)),
    reopen: (record, queuedAt) => watched(record, () => requests.reopen(record, queuedAt)),
  };
}

export function observedCommits(commits: CommitStore, observer: Observer): CommitStore {
  const watched = watcher(observer);
  return {
    commit: (commit) =>
      commit.outcome === undefined
        ? commits.commit(commit)
        : watched(commit.outcome.key, () => commits.commit(commit)),
  };
}

function watcher({ peek, note }: Observer) {
  return async <Result>(key: RequestKey, change: () => Promise<Result>): Promise<Result> => {
    const before = peek(key);
    const result = await change();
    const after = peek(key);
    if (after !== undefined && (before?.status !== after.status || before.epoch !== after.epoch)) {
      note({
        requestId: key.requestId,
        epoch: after.epoch,
        from: before?.status ?? "none",
        to: after.status,
      });
    } else if (after !== undefined && before?.finishedAt !== after.finishedAt) {
      // An outcome in the place of another one.
      note({ requestId: key.requestId, epoch: after.epoch, from: after.status, to: after.status });
    }
    return result;
  };
}
