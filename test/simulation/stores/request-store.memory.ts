/** Change requests' records in memory, for simulation and tests; conditions and effects are those of DynamoDB's. */
import {
  type Outcome,
  RECORD_LIFETIME_SECONDS,
  type RequestKey,
  type RequestRecord,
} from "../../../shared/change-request/record/request-record.ts";
import {
  openStatuses,
  type RequestStatus,
  statusesBefore,
  type TerminalStatus,
} from "../../../shared/change-request/record/request-state.ts";
import type { RequestFilter, RequestStore } from "../../../shared/change-request/record/request-store.ts";
import { monthOf, submittedKey } from "../../../shared/platform/table-keys.ts";
import { frozenCopy } from "./frozen-copy.ts";
import { type MemoryTables, requestId } from "./memory-tables.ts";

/** What a write sets; `undefined` removes. */
type Changes = { readonly [Member in keyof RequestRecord]?: RequestRecord[Member] | undefined };

export function createMemoryRequestStore({
  requests,
  bodies,
}: Pick<MemoryTables, "requests" | "bodies">): RequestStore {
  const put = (record: RequestRecord | undefined): boolean => {
    if (record === undefined) return false;
    requests.set(requestId(record), record);
    return true;
  };
  /** Changes the record that is in this epoch and in one of these states; `false` where there is none. */
  const update = (key: RequestKey, epoch: number, from: readonly RequestStatus[], changes: Changes) =>
    put(changed(requests.get(requestId(key)), epoch, from, changes));

  return {
    async read(key) {
      return requests.get(requestId(key));
    },

    async create(record) {
      const existing = requests.get(requestId(record));
      if (existing !== undefined) return { created: false, existing };
      put(frozenCopy(record));
      return { created: true };
    },

    async beginAttempt(key, epoch, { attempts, charges, startedAt }) {
      const firstAttemptAt = requests.get(requestId(key))?.firstAttemptAt ?? startedAt;
      return update(key, epoch, statusesBefore("applying"), {
        attempts,
        charges,
        failedAt: undefined,
        incomplete: undefined,
        undecided: undefined,
        firstAttemptAt,
        status: "applying",
      });
    },

    async noteFailure(key, epoch, note) {
      return update(key, epoch, openStatuses, { failedAt: undefined, ...note });
    },

    async finish(outcome) {
      return put(recordWithOutcome(requests.get(requestId(outcome.key)), outcome));
    },

    async markDeadLettered(key, epoch) {
      update(key, epoch, ["failed"], { deadLettered: true });
    },

    async keepUndecided(key, epoch, intent) {
      update(key, epoch, ["failed", "queued"], { undecided: intent });
    },

    async reopen(record, queuedAt) {
      const { status, epoch, attempts, result = {}, finishedAt = queuedAt, earlier = [] } = record;
      if (status !== "failed") return false;
      const ended = { epoch, status: status as TerminalStatus, result, attempts, finishedAt };
      return update(record, epoch, statusesBefore("queued"), {
        status: "queued",
        epoch: epoch + 1,
        attempts: 0,
        charges: undefined,
        failedAt: undefined,
        failing: undefined,
        finishedAt: undefined,
        result: undefined,
        deadLettered: undefined,
        queuedAt,
        earlier: [...earlier, ended],
      });
    },

    async keepBody(key, body) {
      bodies.set(requestId(key), body);
    },

    async body(key) {
      return bodies.get(requestId(key));
    },

    async list(filter, after, limit, now) {
      // The months that DynamoDB's index is asked for.
      const newest = monthOf(after?.queuedAt ?? now + 60_000);
      const oldest = monthOf(now - RECORD_LIFETIME_SECONDS * 1_000);
      const below = after && positionText(after);
      const found = [...requests.values()]
        .map((record) => ({ record, position: positionText(record), month: monthOf(record.queuedAt) }))
        .filter(({ month }) => month <= newest && month >= oldest)
        .filter(
          ({ position, record }) => (below === undefined || position < below) && matches(record, filter),
        )
        .sort((a, b) => (a.position < b.position ? 1 : -1))
        .map(({ record }) => record);
      const records = found.slice(0, limit);
      const last = records.at(-1);
      if (last === undefined || found.length === records.length) return { records };
      const { connection, requestId: id, queuedAt } = last;
      return { records, next: { connection, requestId: id, queuedAt } };
    },
  };
}

/** The record with an outcome; `undefined` where its state or epoch does not allow it. */
export function recordWithOutcome(
  record: RequestRecord | undefined,
  { epoch, status, result, finishedAt, seenAttempts, undecided }: Outcome,
): RequestRecord | undefined {
  if (seenAttempts !== undefined && record?.attempts !== seenAttempts) return undefined;
  return changed(record, epoch, statusesBefore(status), {
    result,
    finishedAt,
    status,
    ...(status === "failed" && { deadLettered: false }),
    undecided,
  });
}

function changed(
  record: RequestRecord | undefined,
  epoch: number,
  from: readonly RequestStatus[],
  changes: Changes,
): RequestRecord | undefined {
  if (record === undefined || record.epoch !== epoch || !from.includes(record.status)) return undefined;
  const next = Object.entries({ ...record, ...changes }).filter(([, value]) => value !== undefined);
  return frozenCopy(Object.fromEntries(next) as unknown as RequestRecord);
}

function matches(record: RequestRecord, filter: RequestFilter): boolean {
  return (
    (filter.connection === undefined || record.connection === filter.connection) &&
    (filter.status === undefined || record.status === filter.status) &&
    (filter.definitionId === undefined ||
      record.definitionId === filter.definitionId ||
      record.result?.definitionId === filter.definitionId)
  );
}

function positionText({ queuedAt, connection, requestId: id }: RequestKey & { queuedAt: number }): string {
  return submittedKey(queuedAt, connection, id);
}
