/** A definition as the API shows it: now, from its mirror, or at an instant, from a version. */

import type { VersionRecord } from "../../shared/definition/history/version.ts";
import type { Mirror } from "../../shared/definition/mirror/mirror.ts";
import { instantText } from "../../shared/platform/table-keys.ts";
import { optionalInstant } from "./optional-instant.ts";
import { definitionPath } from "./path-segment.ts";

/** Without the document. */
export function mirrorView(mirror: Mirror): object {
  const { modified, missingSince } = mirror;
  return {
    ...identity(mirror),
    name: mirror.name,
    scope: mirror.scope,
    version: mirror.version,
    deleted: mirror.deleted,
    contentHash: mirror.contentHash,
    providerModifiedAt: modified === undefined ? null : instantText(modified.at),
    providerModifiedRaw: modified?.raw ?? null,
    recordedAt: instantText(mirror.recordedAt),
    effectiveAt: instantText(mirror.effectiveAt),
    missingSince: optionalInstant(missingSince),
    continuesAs: mirror.continuesAs,
    continues: mirror.continues,
  };
}

/** The state of a definition at an instant, without the document. What only the mirror knows is as it is now. */
export function pastView(record: VersionRecord, mirror: Mirror, uncertain: boolean): object {
  const { providerModifiedAt, providerModifiedRaw } = record;
  return {
    ...identity(record),
    name: record.name,
    scope: record.scope,
    version: record.version,
    deleted: record.deleted,
    contentHash: record.contentHash,
    providerModifiedAt: providerModifiedAt === undefined ? null : instantText(providerModifiedAt),
    providerModifiedRaw: providerModifiedRaw ?? null,
    recordedAt: instantText(record.recordedAt),
    effectiveAt: instantText(record.effectiveAt),
    uncertain: uncertain ? true : undefined,
    continuesAs: mirror.continuesAs,
    continues: mirror.continues,
  };
}

function identity({ connection, definitionId }: { connection: string; definitionId: string }) {
  return { connection, definitionId, href: definitionPath(connection, definitionId) };
}
