/** Does a stretch of stored history hold together? Pure; the caller pages through the versions. */
import { isJsonArray, type JsonValue, parseJson } from "../../platform/json.ts";
import { canonicalHash, canonicallyEqual } from "../document/canonical-form.ts";
import { applyJsonPatch, type PatchOperation } from "../document/json-patch.ts";
import type { DefinitionKey } from "../mirror/mirror.ts";
import { chainHashOf, firstPreviousHash } from "./chain.ts";
import type { VersionRecord } from "./version.ts";

/** A version as it was read back: the record exactly as stored, and its texts where their bytes fit their hashes. */
export type StoredVersion = {
  readonly record: VersionRecord;
  readonly documentText: string | undefined;
  readonly patchText: string | undefined;
  /** The item has keys or attributes that its record would not give it. */
  readonly foreignAttributes: boolean;
};

export type Link = { readonly version: number; readonly chainHash: string; readonly document: JsonValue };

export type LinkCheck =
  | { readonly valid: true; readonly link: Link }
  | { readonly valid: false; readonly reason: string };

/**
 * Checks one version against the one before (absent before version 1). `contentOf` takes the bookkeeping members and
 * what the version's record says was ignored out of a document.
 */
export function checkLink(
  key: DefinitionKey,
  previous: Link | undefined,
  stored: StoredVersion,
  contentOf: (document: JsonValue, ignored: readonly string[]) => JsonValue,
): LinkCheck {
  const { record } = stored;
  const fail = (reason: string): LinkCheck => ({ valid: false, reason });
  const expected = (previous?.version ?? 0) + 1;
  if (record.version !== expected) return fail(`version ${expected} is missing`);
  if (stored.foreignAttributes) return fail("the item's attributes are not those of its record");
  if (record.connection !== key.connection || record.definitionId !== key.definitionId) {
    return fail("the record belongs to another definition");
  }
  if (record.previousHash !== (previous?.chainHash ?? firstPreviousHash(key))) {
    return fail("the previous hash is not the previous version's");
  }
  const { chainHash, ...body } = record;
  if (chainHashOf(body) !== chainHash) return fail("the record does not have its hash");
  if (stored.documentText === undefined) return fail("the document is missing or not the recorded one");
  const document = parseJson(stored.documentText);
  const content = contentOf(document, record.ignored ?? []);
  if (canonicalHash(content) !== record.contentHash)
    return fail("the document does not have the content hash");
  if (
    previous !== undefined &&
    !leadsTo(contentOf(previous.document, record.ignored ?? []), stored.patchText, content)
  ) {
    return fail("the patch does not lead from the previous document to this one");
  }
  return { valid: true, link: { version: record.version, chainHash, document } };
}

function leadsTo(from: JsonValue, patchText: string | undefined, to: JsonValue): boolean {
  if (patchText === undefined) return false;
  const operations = parseJson(patchText);
  if (!isJsonArray(operations)) return false;
  const result = applyJsonPatch(from, operations as readonly PatchOperation[]);
  return result.outcome === "patched" && canonicallyEqual(result.value, to);
}
