/**
 * Applying a JSON Patch (RFC 6902) to a document.
 *
 * Ours and not a library's, because the kept ones lose raw numbers and members called `__proto__`, take inherited
 * names such as `toString` for members that exist, and accept indexes beyond an array's end; here each of these
 * would change somebody's document without a word.
 */
import {
  isJsonArray,
  isJsonObject,
  type JsonObject,
  type JsonValue,
  stringifyJson,
} from "../../platform/json.ts";
import { canonicallyEqual } from "./canonical-form.ts";
import { isWithin, pointerTokens, valueAt } from "./json-pointer.ts";

/** One operation of an RFC 6902 patch, as parsed JSON. */
export type PatchOperation = JsonObject;

/** More operations than this are refused: each one copies its way down the document. */
export const MAX_PATCH_OPERATIONS = 1_000;

export type PatchResult =
  | { readonly outcome: "patched"; readonly value: JsonValue }
  /** The pointer of the first operation that could not be done. */
  | { readonly outcome: "test-failed" | "path-missing" | "too-large"; readonly pointer: string };

/** What `copy` may add in all; repeated copies of a document into itself double it each time. */
const MAX_COPIED_CHARACTERS = 4 * 1024 * 1024;

/** Applies well-formed operations (see {@link patchFaults}) in order; `target` itself is never changed. */
export function applyJsonPatch(target: JsonValue, operations: readonly PatchOperation[]): PatchResult {
  let value = target;
  let copied = 0;
  for (const operation of operations) {
    const path = operation["path"] as string;
    if (operation["op"] === "copy") {
      copied += stringifyJson(valueAt(value, operation["from"] as string) ?? null).length;
      if (copied > MAX_COPIED_CHARACTERS) return { outcome: "too-large", pointer: path };
    }
    if (operation["op"] === "test") {
      const found = valueAt(value, path);
      if (found === undefined || !canonicallyEqual(found, operation["value"])) {
        return { outcome: "test-failed", pointer: path };
      }
      continue;
    }
    const next = applied(value, operation, path);
    if (next === undefined) return { outcome: "path-missing", pointer: path };
    value = next;
  }
  return { outcome: "patched", value };
}

/** What makes a patch malformed, each fault with the pointer into the patch. */
export function patchFaults(
  operations: readonly JsonValue[],
): readonly { pointer: string; message: string }[] {
  if (operations.length > MAX_PATCH_OPERATIONS) {
    return [{ pointer: "", message: `must have at most ${MAX_PATCH_OPERATIONS} operations` }];
  }
  return operations.flatMap((operation, index) =>
    operationFaults(operation).map(({ member, message }) => ({
      pointer: `/${index}${member === undefined ? "" : `/${member}`}`,
      message,
    })),
  );
}

const membersByOperation: Record<string, readonly string[]> = {
  add: ["path", "value"],
  remove: ["path"],
  replace: ["path", "value"],
  move: ["path", "from"],
  copy: ["path", "from"],
  test: ["path", "value"],
};

function operationFaults(operation: JsonValue): { member?: string; message: string }[] {
  if (!isJsonObject(operation)) return [{ message: "must be an object" }];
  const op = operation["op"];
  const members =
    typeof op === "string" && Object.hasOwn(membersByOperation, op) ? membersByOperation[op] : undefined;
  if (members === undefined) {
    return [{ member: "op", message: `must be one of ${Object.keys(membersByOperation).join(", ")}` }];
  }
  const faults = members
    .filter((member) => operation[member] === undefined)
    .map((member) => ({ member, message: `is required for ${String(op)}` }));
  for (const member of ["path", "from"]) {
    const pointer = operation[member];
    if (pointer === undefined || !members.includes(member)) continue;
    if (typeof pointer !== "string" || !/^(\/([^~/]|~[01])*)*$/.test(pointer)) {
      faults.push({ member, message: "must be a JSON pointer (RFC 6901) such as /metrics/0" });
    }
  }
  const { path, from } = operation;
  if (
    op === "move" &&
    typeof path === "string" &&
    typeof from === "string" &&
    path !== from &&
    isWithin(path, from)
  ) {
    faults.push({ member: "path", message: "must not lead into the value that is moved" });
  }
  return faults;
}

function applied(value: JsonValue, operation: PatchOperation, path: string): JsonValue | undefined {
  const from = operation["from"] as string;
  switch (operation["op"]) {
    case "add":
      return edited(value, pointerTokens(path), "add", operation["value"]);
    case "replace":
      return edited(value, pointerTokens(path), "replace", operation["value"]);
    case "remove":
      return edited(value, pointerTokens(path), "remove", undefined);
    case "copy": {
      const found = valueAt(value, from);
      return found === undefined ? undefined : edited(value, pointerTokens(path), "add", found);
    }
    default: {
      const found = valueAt(value, from);
      if (found === undefined) return undefined;
      if (path === from) return value;
      const without = edited(value, pointerTokens(from), "remove", undefined);
      return without === undefined ? undefined : edited(without, pointerTokens(path), "add", found);
    }
  }
}

/** A copy of `value` with one edit at `tokens`, `undefined` where the path does not exist. */
function edited(
  value: JsonValue,
  tokens: readonly string[],
  edit: "add" | "replace" | "remove",
  operand: JsonValue | undefined,
): JsonValue | undefined {
  const [token, ...rest] = tokens;
  // The whole document can be replaced; removing it leaves null, because a document is always there.
  if (token === undefined) return edit === "remove" ? null : operand;
  if (isJsonArray(value)) {
    const last = rest.length === 0;
    const index = token === "-" && last && edit === "add" ? value.length : arrayIndex(token);
    if (
      index === undefined ||
      index > value.length ||
      (index === value.length && !(last && edit === "add"))
    ) {
      return undefined;
    }
    if (last && edit === "add") return value.toSpliced(index, 0, operand as JsonValue);
    if (last && edit === "remove") return value.toSpliced(index, 1);
    const member = last ? operand : edited(value[index] as JsonValue, rest, edit, operand);
    return member === undefined ? undefined : value.with(index, member);
  }
  if (!isJsonObject(value)) return undefined;
  const exists = Object.hasOwn(value, token);
  if (!exists && !(rest.length === 0 && edit === "add")) return undefined;
  if (rest.length === 0 && edit === "remove") {
    return Object.fromEntries(Object.entries(value).filter(([name]) => name !== token));
  }
  const member = rest.length === 0 ? operand : edited(value[token] as JsonValue, rest, edit, operand);
  if (member === undefined) return undefined;
  // fromEntries defines members, so that one called __proto__ stays a member.
  return Object.fromEntries(
    exists
      ? Object.entries(value).map(([name, old]) => [name, name === token ? member : old])
      : [...Object.entries(value), [token, member]],
  );
}

function arrayIndex(token: string): number | undefined {
  return /^(0|[1-9]\d{0,14})$/.test(token) ? Number(token) : undefined;
}
