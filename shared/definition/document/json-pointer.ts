/** JSON pointers, RFC 6901. */
import { isJsonArray, isJsonObject, type JsonValue } from "../../platform/json.ts";

/** The value at a pointer, `undefined` where there is none. Inherited names are not members. */
export function valueAt(value: JsonValue, pointer: string): JsonValue | undefined {
  let current: JsonValue | undefined = value;
  for (const token of pointerTokens(pointer)) {
    if (isJsonArray(current)) current = /^(0|[1-9]\d*)$/.test(token) ? current[Number(token)] : undefined;
    else if (isJsonObject(current)) current = Object.hasOwn(current, token) ? current[token] : undefined;
    else return undefined;
  }
  return current;
}

/** The member names and indexes of a well-formed pointer. */
export function pointerTokens(pointer: string): readonly string[] {
  return pointer
    .split("/")
    .slice(1)
    .map((token) => token.replaceAll("~1", "/").replaceAll("~0", "~"));
}

/** The pointer of member names and indexes. */
export function pointerOf(tokens: readonly (string | number)[]): string {
  return tokens.map((token) => `/${String(token).replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");
}

/** Does `pointer` name `ancestor` or something inside it? */
export function isWithin(pointer: string, ancestor: string): boolean {
  return pointer === ancestor || pointer.startsWith(`${ancestor}/`);
}

/** Longer pointers are stored as that of an ancestor: member names may have any length, items may not. */
const MAX_STORED_POINTER_CHARACTERS = 512;

/** The pointer, or the deepest ancestor's that is short enough to be stored; as Unicode, which tables demand. */
export function storedPointer(pointer: string): string {
  let stored = pointer;
  while (stored.length > MAX_STORED_POINTER_CHARACTERS) stored = stored.slice(0, stored.lastIndexOf("/"));
  return stored.toWellFormed();
}
