/** What a request comes to against the live definition: something to send, or an outcome without a write. Pure. */
import { contentOf } from "../../definition/document/content.ts";
import { diff } from "../../definition/document/diff.ts";
import { applyJsonPatch, type PatchOperation } from "../../definition/document/json-patch.ts";
import { storedPointer } from "../../definition/document/json-pointer.ts";
import { applyMergePatch } from "../../definition/document/merge-patch.ts";
import { touchedMembers } from "../../definition/document/touched-members.ts";
import {
  isJsonArray,
  isJsonObject,
  type JsonObject,
  type JsonValue,
  MAX_JSON_DEPTH,
  nestsDeeperThan,
  stringifyJson,
} from "../../platform/json.ts";
import type { Dialect, Fault, ProviderTimestamp } from "../../providers/provider.ts";
import type { ChangeRequest, Expectation } from "../change-request.ts";

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

export type EvaluationInputs = {
  /** The content of the version that the request expects, where that is not the live one. */
  readonly expectedContent?: JsonValue | undefined;
  /** The content of the version that a restore brings back. */
  readonly restored?: JsonObject | undefined;
};

export function evaluate(
  request: EditRequest,
  live: Live,
  dialect: Dialect,
  { expectedContent, restored }: EvaluationInputs = {},
): Evaluation {
  const unmet = unmetExpectation(request.expect, live);
  if (unmet !== undefined) {
    const pointers = expectedContent === undefined ? [] : differingPointers(expectedContent, live.content);
    return { kind: "conflict", reason: unmet, pointers };
  }
  if (request.operation === "delete") return { kind: "delete" };
  const wanted = wantedContent(request, live.content, dialect, restored);
  if ("kind" in wanted) return wanted;
  const touched = touchedMembers(live.content, wanted.content);
  if (touched.length === 0) return { kind: "unchanged" };
  const impossible = dialect.updateFaults(live.content, wanted.content);
  if (impossible.length > 0) {
    return { kind: "rejected", reason: "unsupported-by-provider", errors: impossible };
  }
  // What the provider itself once held may not fit its documents.
  const errors =
    request.operation === "restore" ? [] : dialect.memberFaults(wanted.content, new Set(touched));
  if (errors.length > 0) return { kind: "rejected", reason: "invalid-definition", errors };
  return { kind: "send", wanted: wanted.content, touched };
}

/** Where two contents differ, at most 50 pointers. */
function differingPointers(from: JsonValue, to: JsonValue): readonly string[] {
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

/** What the provider shall hold: the live content with the request applied. `restored`: the chosen version's content. */
export function wantedContent(
  request: Exclude<EditRequest, { operation: "delete" }>,
  live: JsonObject,
  dialect: Dialect,
  restored: JsonObject | undefined,
): WantedContent {
  const asked = askedContent(request, live, dialect, restored);
  return "kind" in asked ? asked : { content: dialect.withClearedMembers(asked.content, live) };
}

type WantedContent =
  | { readonly content: JsonObject }
  | Extract<Evaluation, { kind: "conflict" | "rejected" }>;

function askedContent(
  request: Exclude<EditRequest, { operation: "delete" }>,
  live: JsonObject,
  dialect: Dialect,
  restored: JsonObject | undefined,
): WantedContent {
  if (request.operation === "restore") {
    if (restored === undefined) throw new Error("a restore needs the version that it brings back");
    const keepEngineVersion = request.restore.keepEngineVersion === true;
    return { content: dialect.restoredContent(restored, live, { keepEngineVersion }) };
  }
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
