/** What a request comes to against the live definition: something to send, or an outcome without a write. Pure. */
import { canonicallyEqual } from "../definition/canonical-form.ts";
import { contentOf } from "../definition/content.ts";
import { diff } from "../definition/diff.ts";
import { applyJsonPatch, type PatchOperation } from "../definition/json-patch.ts";
import { storedPointer } from "../definition/json-pointer.ts";
import { applyMergePatch } from "../definition/merge-patch.ts";
import {
  isJsonArray,
  isJsonObject,
  type JsonObject,
  type JsonValue,
  MAX_JSON_DEPTH,
  nestsDeeperThan,
  stringifyJson,
} from "../platform/json.ts";
import type { Dialect, Fault, ProviderTimestamp } from "../providers/provider.ts";
import type { ChangeRequest, Expectation } from "./change-request.ts";

/** The live definition, right before the write. */
export type Live = {
  readonly version: number;
  readonly contentHash: string;
  readonly content: JsonObject;
  readonly modified?: ProviderTimestamp;
};

export type EditRequest = Exclude<ChangeRequest, { operation: "create" }>;

export type Evaluation =
  | { readonly kind: "send"; readonly wanted: JsonObject; readonly touched: readonly string[] }
  | { readonly kind: "delete" }
  | { readonly kind: "unchanged" }
  | { readonly kind: "conflict"; readonly reason: string; readonly pointers: readonly string[] }
  | { readonly kind: "rejected"; readonly reason: string; readonly errors?: readonly Fault[] };

/** `expectedContent`: the content of the version that the request expects, where that is not the live one. */
export function evaluate(
  request: EditRequest,
  live: Live,
  dialect: Dialect,
  expectedContent?: JsonValue,
): Evaluation {
  const unmet = unmetExpectation(request.expect, live);
  if (unmet !== undefined) {
    const pointers = expectedContent === undefined ? [] : differingPointers(expectedContent, live.content);
    return { kind: "conflict", reason: unmet, pointers };
  }
  if (request.operation === "delete") return { kind: "delete" };
  const wanted = wantedContent(request, live.content, dialect);
  if ("kind" in wanted) return wanted;
  const touched = touchedMembers(live.content, wanted.content);
  if (touched.length === 0) return { kind: "unchanged" };
  const errors = dialect.memberFaults(wanted.content, new Set(touched));
  if (errors.length > 0) return { kind: "rejected", reason: "invalid-definition", errors };
  return { kind: "send", wanted: wanted.content, touched };
}

/** Top-level members in which two contents differ. */
export function touchedMembers(base: JsonObject, wanted: JsonObject): readonly string[] {
  const names = new Set([...Object.keys(base), ...Object.keys(wanted)]);
  return [...names].filter(
    (name) =>
      !canonicallyEqual(
        Object.hasOwn(base, name) ? base[name] : undefined,
        Object.hasOwn(wanted, name) ? wanted[name] : undefined,
      ),
  );
}

/** Where two contents differ, at most 50 pointers. */
export function differingPointers(from: JsonValue, to: JsonValue): readonly string[] {
  return [...new Set(diff(from, to).map((operation) => storedPointer(String(operation["path"]))))].slice(
    0,
    50,
  );
}

function unmetExpectation(expect: Expectation | undefined, live: Live): string | undefined {
  if (expect === undefined) return undefined;
  if (expect.version !== undefined && expect.version !== live.version) return "version-differs";
  if (expect.contentHash !== undefined && expect.contentHash !== live.contentHash) return "content-differs";
  if (expect.modifiedTimestamp !== undefined && !isTimestamp(expect.modifiedTimestamp, live.modified)) {
    return "modified-timestamp-differs";
  }
  return undefined;
}

function isTimestamp(expected: number | string, modified: ProviderTimestamp | undefined): boolean {
  return modified !== undefined && (expected === modified.at || expected === modified.raw);
}

function wantedContent(
  request: Exclude<EditRequest, { operation: "delete" }>,
  live: JsonObject,
  dialect: Dialect,
): { readonly content: JsonObject } | Extract<Evaluation, { kind: "conflict" | "rejected" }> {
  if (request.operation === "replace") return { content: dialect.replacedContent(live, request.definition) };
  if (!isJsonArray(request.patch)) return { content: applyMergePatch(live, request.patch as JsonObject) };
  const result = applyJsonPatch(live, request.patch as readonly PatchOperation[]);
  if (result.outcome === "too-large") return invalidDefinition("the patch makes it too large");
  if (result.outcome !== "patched") {
    return { kind: "conflict", reason: result.outcome, pointers: [storedPointer(result.pointer)] };
  }
  if (!isJsonObject(result.value)) return invalidDefinition("the patch leaves no object behind");
  if (nestsDeeperThan(stringifyJson(result.value), MAX_JSON_DEPTH)) {
    return invalidDefinition(`the patch makes it nest deeper than ${MAX_JSON_DEPTH} levels`);
  }
  // A patch of the whole document may bring bookkeeping members along.
  return { content: contentOf(result.value, dialect.bookkeeping) };
}

function invalidDefinition(message: string): Extract<Evaluation, { kind: "rejected" }> {
  return { kind: "rejected", reason: "invalid-definition", errors: [{ pointer: "", message }] };
}
