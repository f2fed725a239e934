/** A version as the API shows it, without its document. */
import type { VersionRecord } from "../../shared/definition/history/version.ts";
import { parseJson } from "../../shared/platform/json.ts";
import { instantText } from "../../shared/platform/table-keys.ts";
import { Problem } from "./problem.ts";

/** `patchText`: `undefined` where the record names no patch, or where its bytes are not the recorded ones. */
export function versionView(record: VersionRecord, patchText: string | undefined): object {
  const { actorClaimed, actorAuthenticated, occurredBetween } = record;
  return {
    connection: record.connection,
    definitionId: record.definitionId,
    version: record.version,
    changeType: record.changeType,
    source: record.source,
    requestId: record.requestId,
    epoch: record.epoch,
    actor: { claimed: actorClaimed, authenticated: actorAuthenticated },
    reason: record.reason,
    reference: record.reference,
    name: record.name,
    scope: record.scope,
    deleted: record.deleted,
    contentHash: record.contentHash,
    providerModifiedAt: timeOrNull(record.providerModifiedAt),
    providerModifiedRaw: record.providerModifiedRaw ?? null,
    providerCreatedAt: timeOrNull(record.providerCreatedAt),
    providerCreatedRaw: record.providerCreatedRaw ?? null,
    recordedAt: instantText(record.recordedAt),
    effectiveAt: instantText(record.effectiveAt),
    occurredBetween: occurredBetween?.map(instantText),
    patch: record.patch === undefined ? undefined : parseJson(intact(record, patchText)),
    differences: record.differences,
    late: record.late,
    suspectedDuplicateOf: record.suspectedDuplicateOf,
    continues: record.continues,
    receipt: record.receipt,
    chainHash: record.chainHash,
    previousHash: record.previousHash,
  };
}

/** A text of a version. @throws {Problem} where its bytes are missing or not the recorded ones */
export function intact({ version }: VersionRecord, text: string | undefined): string {
  if (text !== undefined) return text;
  throw damaged(`the stored text of version ${version} is missing or not the recorded one`);
}

export function damaged(what: string): Problem {
  return new Problem("damaged-history", `${what}; the definition's verify resource says more`);
}

function timeOrNull(at: number | undefined): string | null {
  return at === undefined ? null : instantText(at);
}
