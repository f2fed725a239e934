/**
 * JSON as providers write it: numbers keep their text, so that an edit of one member never rewrites
 * another one (`1.0` stays `1.0`, a 20-digit id stays exact).
 *
 * A number whose text JavaScript would print differently is kept as a {@link RawNumber}; `JSON.stringify`
 * prints it back unchanged. All other values are ordinary JavaScript values. Values are never mutated.
 */

/** A number kept as its text; made by `JSON.rawJSON`, recognised by {@link isRawNumber}. */
export interface RawNumber {
  readonly rawJSON: string;
}
export type JsonValue = null | boolean | number | string | RawNumber | readonly JsonValue[] | JsonObject;
export type JsonObject = { readonly [member: string]: JsonValue };

declare global {
  interface JSON {
    rawJSON(text: string): RawNumber;
    isRawJSON(value: unknown): value is RawNumber;
  }
}

/** How deeply a JSON text may nest. Far above any definition, far below the stack's end. */
export const MAX_JSON_DEPTH = 200;

/** The text is not JSON (RFC 8259), or nests deeper than {@link MAX_JSON_DEPTH}. Never quotes the text. */
export class JsonTextError extends Error {
  override name = "JsonTextError";
}

export function isRawNumber(value: unknown): value is RawNumber {
  return JSON.isRawJSON(value);
}

export function isJsonObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !isRawNumber(value);
}

export function isJsonArray(value: JsonValue | undefined): value is readonly JsonValue[] {
  return Array.isArray(value);
}

/** Parses a JSON text, keeping the text of every number. @throws {JsonTextError} */
export function parseJson(text: string): JsonValue {
  if (nestsDeeperThan(text, MAX_JSON_DEPTH)) {
    throw new JsonTextError(`JSON nests deeper than ${MAX_JSON_DEPTH} levels`);
  }
  try {
    return JSON.parse(text, keepNumberText as Parameters<typeof JSON.parse>[1]) as JsonValue;
  } catch (error) {
    // The engine's message quotes the text, which may be customers' data.
    throw new JsonTextError("not a JSON text", { cause: error instanceof SyntaxError ? undefined : error });
  }
}

/** The JSON text of a value, compact, raw numbers as they came. */
export function stringifyJson(value: unknown): string {
  return JSON.stringify(value);
}

/** The value with every raw number turned into a JavaScript number, for members that are ours to read. */
export function withPlainNumbers(value: JsonValue): JsonValue {
  if (isRawNumber(value)) return Number(value.rawJSON);
  if (isJsonArray(value)) return value.map(withPlainNumbers);
  if (isJsonObject(value)) {
    return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, withPlainNumbers(member)]));
  }
  return value;
}

function keepNumberText(_key: string, value: unknown, context?: { source?: string }): unknown {
  if (typeof value !== "number" || context?.source === undefined) return value;
  return String(value) === context.source ? value : JSON.rawJSON(context.source);
}

/** Counted on the text, because the parser itself recurses. */
export function nestsDeeperThan(text: string, limit: number): boolean {
  let depth = 0;
  let inString = false;
  for (let i = 0; i < text.length; i += 1) {
    const char = text.charCodeAt(i);
    if (inString) {
      if (char === 0x5c /* \ */) i += 1;
      else if (char === 0x22 /* " */) inString = false;
    } else if (char === 0x22) inString = true;
    else if (char === 0x5b /* [ */ || char === 0x7b /* { */) {
      depth += 1;
      if (depth > limit) return true;
    } else if (char === 0x5d /* ] */ || char === 0x7d /* } */) depth -= 1;
  }
  return false;
}
