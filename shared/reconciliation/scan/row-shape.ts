/**
 * Which members a list's row shows, at any depth: a list may show less of a definition than its GET. If GET's document,
 * cut down to that shape, is the row, the row has shown the same state. Pure.
 */
import { canonicalHash } from "../../definition/document/canonical-form.ts";
import { isJsonArray, isJsonObject, type JsonValue, parseJson, stringifyJson } from "../../platform/json.ts";

/** A larger one is not worth keeping: the row is asked about again. */
const MAX_SHAPE_CHARACTERS = 5_000;

/** As JSON: objects by their members' shapes, arrays by their items', all else 0. `undefined`: too large. */
export function shapeOf(value: JsonValue): string | undefined {
  const text = stringifyJson(outlineOf(value));
  return text.length <= MAX_SHAPE_CHARACTERS ? text : undefined;
}

/** Has the row with this shape and this hash shown the state that `document` shows? */
export function isViewOf(
  { shape, rowHash }: { readonly shape?: string | undefined; readonly rowHash: string },
  document: JsonValue,
): boolean {
  if (shape === undefined) return canonicalHash(document) === rowHash;
  const cut = cutTo(parseJson(shape), document);
  return cut !== undefined && canonicalHash(cut) === rowHash;
}

/** Has `value` members that the shape does not, at any depth? */
export function showsMoreThan(shape: string, value: JsonValue): boolean {
  return hasMoreThan(parseJson(shape), value);
}

function hasMoreThan(shape: JsonValue, value: JsonValue): boolean {
  if (isJsonArray(value)) {
    return isJsonArray(shape) && value.some((item, index) => hasMoreThan(shape[index] ?? 0, item));
  }
  if (!isJsonObject(value)) return false;
  if (!isJsonObject(shape)) return Object.keys(value).length > 0;
  return Object.entries(value).some(([name, member]) => {
    const inner = Object.hasOwn(shape, name) ? shape[name] : undefined;
    return inner === undefined || hasMoreThan(inner, member);
  });
}

function outlineOf(value: JsonValue): JsonValue {
  if (isJsonArray(value)) return value.map(outlineOf);
  if (!isJsonObject(value)) return 0;
  // fromEntries defines members, so that one called __proto__ stays a member.
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, outlineOf(member)]));
}

/** `undefined` where the document does not have what the shape shows. */
function cutTo(shape: JsonValue, value: JsonValue): JsonValue | undefined {
  if (isJsonArray(shape)) {
    if (!isJsonArray(value) || value.length !== shape.length) return undefined;
    const items = value.map((item, index) => cutTo(shape[index] ?? 0, item));
    return items.every((item) => item !== undefined) ? items : undefined;
  }
  if (!isJsonObject(shape)) return value;
  if (!isJsonObject(value)) return undefined;
  const members: [string, JsonValue][] = [];
  for (const [name, inner] of Object.entries(shape)) {
    const member = Object.hasOwn(value, name) ? value[name] : undefined;
    const cut = member === undefined ? undefined : cutTo(inner, member);
    if (cut === undefined) return undefined;
    members.push([name, cut]);
  }
  return Object.fromEntries(members);
}
