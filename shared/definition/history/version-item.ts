/** How a version lies in the history table: its record's members as attributes, its keys, and its bytes. */

import type { JsonValue } from "../../platform/json.ts";
import { feedKey, monthOf, versionKey } from "../../platform/table-keys.ts";
import { canonicalJson } from "../document/canonical-form.ts";
import { decompressText, isStoredText, type StoredText } from "../document/stored-text.ts";
import type { StoredVersion } from "./verify-history.ts";
import type { NewVersion, VersionRecord } from "./version.ts";

export type VersionItem = Readonly<Record<string, unknown>>;

/** The item of a version. Texts that are stored in chunks are not in it. */
export function versionItem({ record, document, patch }: NewVersion): VersionItem {
  return {
    ...keysOf(record),
    ...record,
    ...(document.stored.chunks === undefined && { documentBytes: document.bytes }),
    ...(patch !== undefined && patch.stored.chunks === undefined && { patchBytes: patch.bytes }),
  };
}

/** The record of an item, without keys and bytes. */
export function recordOf(item: VersionItem): VersionRecord {
  const { pk, sk, feedMonth, feedKey, documentBytes, patchBytes, ...record } = item;
  return record as unknown as VersionRecord;
}

/** Reads the bytes of a text that lies in chunks; `undefined` where one is missing. */
type ReadChunks = (stored: StoredText) => Promise<Uint8Array | undefined>;

export async function storedVersionOf(item: VersionItem, chunkBytes: ReadChunks): Promise<StoredVersion> {
  const record = recordOf(item);
  return {
    record,
    documentText: await textOf(record.document, item["documentBytes"], chunkBytes),
    patchText: await textOf(record.patch, item["patchBytes"], chunkBytes),
    foreignAttributes: !hasItsKeys(item, record),
  };
}

/** A text from its entry in the record and its bytes; `undefined` where they do not fit, or somebody altered their kind. */
export async function textOf(
  stored: unknown,
  inlineBytes: unknown,
  chunkBytes: ReadChunks,
): Promise<string | undefined> {
  if (!isStoredText(stored)) return undefined;
  const bytes = stored.chunks === undefined ? inlineBytes : await chunkBytes(stored);
  return bytes instanceof Uint8Array ? decompressText(stored, bytes) : undefined;
}

function hasItsKeys(item: VersionItem, record: VersionRecord): boolean {
  const { pk, sk, feedMonth, feedKey, documentBytes, patchBytes } = item;
  try {
    return (
      (documentBytes !== undefined) === isInline(record.document) &&
      (patchBytes !== undefined) === isInline(record.patch) &&
      canonicalJson({ pk, sk, feedMonth, feedKey } as JsonValue) === canonicalJson(keysOf(record))
    );
  } catch {
    // A record altered by hand may hold times that are no instants.
    return false;
  }
}

function isInline(stored: unknown): boolean {
  return isStoredText(stored) && stored.chunks === undefined;
}

function keysOf({ connection, definitionId, version, recordedAt }: VersionRecord) {
  return {
    ...versionKey(connection, definitionId, version),
    feedMonth: monthOf(recordedAt),
    feedKey: feedKey(recordedAt, connection, definitionId, version),
  };
}
