/**
 * The difference of two documents as a JSON Patch. The work is the library's (rfc6902); raw numbers and members
 * called `__proto__`, which it would lose, travel through it as marked strings and come back as they were.
 */
import { createPatch, type Operation } from "rfc6902";
import { isJsonArray, isJsonObject, isRawNumber, type JsonObject, type JsonValue } from "../platform/json.ts";
import { canonicallyEqual } from "./canonical-form.ts";
import type { PatchOperation } from "./json-patch.ts";
import { pointerOf, pointerTokens } from "./json-pointer.ts";

/** Beyond this many cells the least edit of two arrays costs more than it tells: the array is replaced whole. */
const MAX_ARRAY_DIFF_CELLS = 10_000;

/** The RFC 6902 patch that turns `from` into `to`; empty where they are canonically equal. */
export function diff(from: JsonValue, to: JsonValue): readonly PatchOperation[] {
  if (canonicallyEqual(from, to)) return [];
  const operations = createPatch(marked(from), marked(to), (input, output, pointer) => {
    if (!Array.isArray(input) || !Array.isArray(output)) return undefined;
    if (input.length * output.length <= MAX_ARRAY_DIFF_CELLS) return undefined;
    return canonicallyEqual(input, output)
      ? []
      : [{ op: "replace", path: pointer.toString(), value: output } as Operation];
  });
  return operations.map((operation) => unmarkedOperation(operation as unknown as JsonObject));
}

const RAW_NUMBER = "\u0000number:";
const ESCAPED = "\u0000string:";
const PROTO_NAME = "\u0000proto";

function marked(value: JsonValue): JsonValue {
  if (isRawNumber(value)) return `${RAW_NUMBER}${value.rawJSON}`;
  if (typeof value === "string") return escaped(value);
  if (isJsonArray(value)) return value.map(marked);
  if (isJsonObject(value)) {
    return Object.fromEntries(
      Object.entries(value).map(([name, member]) => [
        name === "__proto__" ? PROTO_NAME : escaped(name),
        marked(member),
      ]),
    );
  }
  return value;
}

function unmarked(value: JsonValue): JsonValue {
  if (typeof value === "string") {
    return value.startsWith(RAW_NUMBER) ? JSON.rawJSON(value.slice(RAW_NUMBER.length)) : unescaped(value);
  }
  if (isJsonArray(value)) return value.map(unmarked);
  if (isJsonObject(value)) {
    return Object.fromEntries(
      Object.entries(value).map(([name, member]) => [unmarkedName(name), unmarked(member)]),
    );
  }
  return value;
}

function unmarkedName(name: string): string {
  return name === PROTO_NAME ? "__proto__" : unescaped(name);
}

/** Only a text that begins like a mark needs one of its own. */
function escaped(text: string): string {
  return text.startsWith("\u0000") ? `${ESCAPED}${text}` : text;
}

function unescaped(text: string): string {
  return text.startsWith(ESCAPED) ? text.slice(ESCAPED.length) : text;
}

function unmarkedOperation(operation: JsonObject): PatchOperation {
  const result: Record<string, JsonValue> = { ...operation };
  for (const member of ["path", "from"] as const) {
    const pointer = operation[member];
    if (typeof pointer === "string") result[member] = pointerOf(pointerTokens(pointer).map(unmarkedName));
  }
  if (operation["value"] !== undefined) result["value"] = unmarked(operation["value"]);
  return result;
}
