/** The commit in memory, for simulation and tests: all or nothing in one step, with DynamoDB's conditions. */
import { isDeepStrictEqual } from "node:util";
import type { Commit, CommitAnswer, CommitStore } from "../../../shared/change-request/attempt/commit.ts";
import type { RequestRecord } from "../../../shared/change-request/record/request-record.ts";
import type { NewVersion } from "../../../shared/definition/history/version.ts";
import type { Continuation } from "../../../shared/definition/mirror/mirror.ts";
import { frozenCopy } from "./frozen-copy.ts";
import { noteHeal, noteScope } from "./known-scopes.memory.ts";
import { definitionId, type MemoryTables, requestId, type TargetItem, targetId } from "./memory-tables.ts";
import { movedMirror } from "./moved-mirror.ts";
import { recordWithOutcome } from "./request-store.memory.ts";

/** As long DynamoDB recognises a repeated transaction. */
const IDEMPOTENCY_MS = 600_000;

type Refusal = Extract<CommitAnswer, { committed: false }>["reason"];

export function createMemoryCommitStore(
  tables: MemoryTables,
  clock: { readonly now: () => number },
): CommitStore {
  return {
    async commit(commit) {
      if (isRepeated(tables, commit, clock.now())) return { committed: true };
      const changes = changesOf(tables, commit);
      if (typeof changes === "string") return { committed: false, reason: changes };
      const kept = frozenCopy(commit);
      for (const item of changes.items) tables.targets.set(targetId(item.target), frozenCopy(item));
      const { healIn, mirror, movedTo } = commit;
      if (healIn !== undefined) noteHeal(tables, healIn, mirror);
      if (movedTo !== undefined) noteScope(tables, { connection: mirror.connection, scope: movedTo });
      if (changes.request !== undefined) tables.requests.set(requestId(changes.request), changes.request);
      const { record } = kept.version;
      const id = definitionId(record);
      const versions = tables.versions.get(id) ?? new Map<number, NewVersion>();
      tables.versions.set(id, versions.set(record.version, kept.version));
      tables.commits.set(commit.idempotencyToken, { commit: kept, committedAt: clock.now() });
      return { committed: true };
    },
  };
}

/** @throws where the token has been used for another commit. */
function isRepeated({ commits }: MemoryTables, commit: Commit, now: number): boolean {
  const before = commits.get(commit.idempotencyToken);
  if (before === undefined || before.committedAt + IDEMPOTENCY_MS <= now) return false;
  if (isDeepStrictEqual(comparable(before.commit), frozenCopy(comparable(commit)))) return true;
  throw new Error("IdempotentParameterMismatchException: the token has been used for another commit");
}

/** The record has the hashes of its texts. */
function comparable({ version, ...commit }: Commit) {
  return { ...commit, record: version.record };
}

type Changes = { readonly items: readonly TargetItem[]; readonly request?: RequestRecord };

/** What the commit changes, or the condition that does not hold; where several do not, the first decides. */
function changesOf(tables: MemoryTables, commit: Commit): Changes | Refusal {
  const { claim, continuation, outcome } = commit;
  const items: TargetItem[] = [];

  const request = outcome && recordWithOutcome(tables.requests.get(requestId(outcome.key)), outcome);
  if (outcome !== undefined && request === undefined) return "request-settled";

  if (claim.target.kind === "create") {
    const item = tables.targets.get(targetId(claim.target));
    if (item?.claim?.token !== claim.token) return "claim-lost";
    if (outcome !== undefined) items.push(withoutClaim(item));
  }

  if (continuation !== undefined) {
    const item = tables.targets.get(definitionId(continuation.from));
    if (item?.mirror === undefined || !isOpen(item.mirror, continuation)) return "continued-elsewhere";
    items.push({ ...item, mirror: { ...item.mirror, continuesAs: commit.mirror.definitionId } });
  }

  const mirrored = mirrorChange(tables, commit);
  if (typeof mirrored === "string") return mirrored;
  items.push(mirrored);

  const { record } = commit.version;
  if (tables.versions.get(definitionId(record))?.has(record.version)) return "head-moved";
  return { items, ...(request && { request }) };
}

function isOpen(
  mirror: { readonly version: number; readonly continuesAs?: string },
  { headVersion, formerly }: Continuation,
): boolean {
  return mirror.version === headVersion && mirror.continuesAs === formerly;
}

/** The definition's item with the new head. */
function mirrorChange(tables: MemoryTables, commit: Commit): TargetItem | Refusal {
  const { mirror, claim, superseded } = commit;
  const before = tables.targets.get(definitionId(mirror));
  const holdsDefinition = claim.target.kind === "definition";
  const expectedToken = holdsDefinition ? claim.token : undefined;
  const held = before?.claim;
  const isPassed = !holdsDefinition && held !== undefined && held.leaseUntil < mirror.recordedAt;
  const isInTheWay = held?.token !== expectedToken && !isPassed;
  if (holdsDefinition && isInTheWay) return "claim-lost";
  if ((before?.mirror?.version ?? 0) !== commit.headVersion) return "head-moved";
  if (isInTheWay) return "contention";
  const { expiresAt, ...kept } = before ?? { target: definitionTarget(commit) };
  const item: TargetItem = {
    ...kept,
    mirror: movedMirror(before?.mirror, mirror),
    ...(superseded && { superseded }),
  };
  return holdsDefinition && commit.outcome !== undefined ? withoutClaim(item) : item;
}

function definitionTarget({ mirror: { connection, definitionId: id } }: Commit): TargetItem["target"] {
  return { kind: "definition", connection, definitionId: id };
}

/** The intent ends with the claim. */
function withoutClaim({ claim, intent, ...item }: TargetItem): TargetItem {
  return item;
}
