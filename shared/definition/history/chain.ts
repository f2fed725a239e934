/**
 * The hash chain of a definition's history: each version's hash covers its whole record and the previous hash, so
 * that any later change to any of them is found.
 *
 * chainHash = SHA-256(previous chainHash as hex text, then RFC 8785 of the record without its chainHash). The record
 * holds the SHA-256 of the stored document and patch; their bytes are checked against these.
 */
import type { JsonValue } from "../../platform/json.ts";
import { canonicalJson, sha256Hex } from "../document/canonical-form.ts";
import type { DefinitionKey } from "../mirror/mirror.ts";

/** What the first version has in the place of a previous hash. */
export function firstPreviousHash({ connection, definitionId }: DefinitionKey): string {
  return sha256Hex(`${connection}#${definitionId}`);
}

export function chainHashOf(record: { readonly previousHash: string }): string {
  return sha256Hex(`${record.previousHash}${canonicalJson(record as unknown as JsonValue)}`);
}
