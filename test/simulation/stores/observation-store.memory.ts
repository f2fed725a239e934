/** Observations in memory, for simulation and tests; conditions and effects are those of DynamoDB's. */
import { isDeepStrictEqual } from "node:util";
import type {
  Head,
  Observation,
  ObservationAnswer,
  ObservationStore,
} from "../../../shared/reconciliation/scan/observation-store.ts";
import { frozenCopy } from "./frozen-copy.ts";
import { noteHeal, noteScope } from "./known-scopes.memory.ts";
import { definitionId, type MemoryTables, type TargetItem, targetId } from "./memory-tables.ts";
import { movedMirror } from "./moved-mirror.ts";

export function createMemoryObservationStore(tables: MemoryTables): ObservationStore {
  /** Changes the mirror on this head, if nobody is at work on it. */
  const onHead = (
    head: Head,
    now: number,
    changed: (mirror: NonNullable<TargetItem["mirror"]>) => TargetItem["mirror"],
  ): boolean => {
    const id = definitionId(head);
    const item = tables.targets.get(id);
    if (item?.mirror?.version !== head.version || isAtWork(item, now)) return false;
    const mirror = changed(item.mirror);
    if (mirror === undefined) return false;
    tables.targets.set(id, frozenCopy({ ...item, mirror }));
    return true;
  };

  return {
    async record(observation) {
      const refusal = refusalOf(tables, observation);
      if (refusal !== undefined) return { recorded: false, reason: refusal };
      const { version, mirror, supersededAfter, healIn, movedTo } = frozenCopy(observation);
      const id = definitionId(mirror);
      const { expiresAt, ...before } = tables.targets.get(id) ?? { target: targetOf(observation) };
      tables.targets.set(
        id,
        frozenCopy({
          ...before,
          mirror: movedMirror(before.mirror, mirror),
          ...(supersededAfter && { superseded: supersededAfter }),
        }),
      );
      const versions = tables.versions.get(id) ?? new Map();
      tables.versions.set(id, versions.set(version.record.version, version));
      if (healIn !== undefined) noteHeal(tables, healIn, mirror);
      if (movedTo !== undefined) noteScope(tables, { connection: mirror.connection, scope: movedTo });
      return { recorded: true };
    },

    async noteSame(head, listRowHash, now) {
      return onHead(head, now, ({ missingSince, deletionWanted, ...mirror }) => ({
        ...mirror,
        ...(listRowHash !== undefined && { listRowHash }),
      }));
    },

    async noteMissing(head, at, lookedAt) {
      return onHead(head, at, (mirror) =>
        mirror.missingSince === head.missingSince ? { ...mirror, missingSince: at, lookedAt } : undefined,
      );
    },
  };
}

function refusalOf(
  tables: MemoryTables,
  { mirror, headVersion, superseded, version }: Observation,
): Extract<ObservationAnswer, { recorded: false }>["reason"] | undefined {
  const { connection, scope, recordedAt } = mirror;
  const id = definitionId(mirror);
  const item = tables.targets.get(id);
  if (tables.versions.get(id)?.has(version.record.version)) return "head-moved";
  if ((item?.mirror?.version ?? 0) !== headVersion) return "claimed";
  const isNew = headVersion === 0;
  if (!isUntouched(item, isNew ? [] : superseded, recordedAt)) return "claimed";
  const creates = tables.targets.get(targetId({ kind: "create", connection, scope }));
  return isNew && !isUntouched(creates, superseded, recordedAt) ? "claimed" : undefined;
}

function isUntouched(
  item: TargetItem | undefined,
  superseded: Observation["superseded"],
  now: number,
): boolean {
  return (
    !isAtWork(item, now) && isDeepStrictEqual(frozenCopy(item?.superseded ?? []), frozenCopy(superseded))
  );
}

/** Whose lease has passed has crashed; its open intent stays. */
function isAtWork(item: TargetItem | undefined, now: number): boolean {
  return item?.intent !== undefined || (item?.claim !== undefined && item.claim.leaseUntil >= now);
}

function targetOf({ mirror: { connection, definitionId: id } }: Observation): TargetItem["target"] {
  return { kind: "definition", connection, definitionId: id };
}
