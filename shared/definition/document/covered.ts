/**
 * "Covered": does what is stored hold what was sent? One implementation decides whether a write succeeded, which
 * differences are listed, and (in adjudication) whether an unanswered write happened.
 *
 * Every member that was sent must be present with an equal canonical value. Members of the provider's rewrite set
 * may differ. Members that were not sent may have any value on a create, inside objects as well, because servers add
 * defaults; on an update they must be absent or as in the base, because servers may merge. A member that was to go and
 * is still there is listed as well: the server has merged, and not done what was asked for.
 */
import {
  isJsonArray,
  isJsonObject,
  isRawNumber,
  type JsonObject,
  type JsonValue,
} from "../../platform/json.ts";
import { canonicalHash, canonicalJson, canonicallyEqual } from "./canonical-form.ts";
import { pointerOf, storedPointer } from "./json-pointer.ts";

/**
 * A member whose stored value is not the one that was sent. Texts longer than {@link LONGEST_QUOTED_TEXT} characters
 * and all arrays and objects stand as their content hash. `null` where there is no such member.
 */
export type Difference = {
  readonly pointer: string;
  readonly sent: string | number | boolean | null;
  readonly stored: string | number | boolean | null;
};

export type Comparison = {
  readonly covered: boolean;
  /** Also lists what the rewrite set and server defaults are allowed to do: nothing differs silently. */
  readonly differences: readonly Difference[];
};

export type Sent =
  | { readonly operation: "create"; readonly body: JsonObject }
  | {
      readonly operation: "update";
      readonly body: JsonObject;
      readonly base: JsonObject;
      /** What the definition shall hold: an update may carry less, and leaves out what shall go. */
      readonly wanted: JsonObject;
    };

const LONGEST_QUOTED_TEXT = 64;
const MAX_DIFFERENCES = 50;

/** Compares the content that is stored with what was sent. `rewriteSet` names top-level members. */
export function compareWithSent(sent: Sent, stored: JsonObject, rewriteSet: readonly string[]): Comparison {
  const missed: Difference[] = [];
  const allowed: Difference[] = [];
  for (const [name, value] of Object.entries(sent.body)) {
    const storedValue = memberOf(stored, name);
    if (canonicallyEqual(value, storedValue)) continue;
    const isAllowed =
      rewriteSet.includes(name) || (sent.operation === "create" && holdsWithDefaults(value, storedValue));
    collect(isAllowed ? allowed : missed, [name], value, storedValue);
  }
  if (sent.operation === "update") {
    for (const [name, value] of Object.entries(stored)) {
      if (Object.hasOwn(sent.body, name)) continue;
      const isAsBefore = canonicallyEqual(value, memberOf(sent.base, name));
      if (isAsBefore && Object.hasOwn(sent.wanted, name)) continue;
      collect(isAsBefore || rewriteSet.includes(name) ? allowed : missed, [name], undefined, value);
    }
  }
  return { covered: missed.length === 0, differences: [...missed, ...allowed].slice(0, MAX_DIFFERENCES) };
}

/** Equal but for members that were not sent, at any depth. */
function holdsWithDefaults(sent: JsonValue, stored: JsonValue | undefined): boolean {
  if (isJsonObject(sent) && isJsonObject(stored)) {
    return Object.entries(sent).every(([name, value]) => holdsWithDefaults(value, memberOf(stored, name)));
  }
  if (isJsonArray(sent) && isJsonArray(stored)) {
    return (
      sent.length === stored.length && sent.every((value, index) => holdsWithDefaults(value, stored[index]))
    );
  }
  return canonicallyEqual(sent, stored);
}

/** Goes down to the deepest members that differ. */
function collect(
  into: Difference[],
  path: readonly (string | number)[],
  sent: JsonValue | undefined,
  stored: JsonValue | undefined,
): void {
  if (into.length >= MAX_DIFFERENCES || canonicallyEqual(sent, stored)) return;
  if (isJsonObject(sent) && isJsonObject(stored)) {
    for (const name of new Set([...Object.keys(sent), ...Object.keys(stored)])) {
      collect(into, [...path, name], memberOf(sent, name), memberOf(stored, name));
    }
    return;
  }
  if (isJsonArray(sent) && isJsonArray(stored) && sent.length === stored.length) {
    for (const [index, value] of sent.entries()) collect(into, [...path, index], value, stored[index]);
    return;
  }
  into.push({ pointer: storedPointer(pointerOf(path)), sent: quoted(sent), stored: quoted(stored) });
}

function quoted(value: JsonValue | undefined): string | number | boolean | null {
  if (value === undefined || value === null) return null;
  if (typeof value === "boolean" || Number.isSafeInteger(value)) return value as boolean | number;
  // Other numbers stand as their text: a table keeps 38 digits between 1e-130 and 1e126, a provider any.
  const text = typeof value === "number" || isRawNumber(value) ? canonicalJson(value) : value;
  if (typeof text === "string" && text.length <= LONGEST_QUOTED_TEXT && text.isWellFormed()) return text;
  return canonicalHash(value);
}

function memberOf(object: JsonObject, name: string): JsonValue | undefined {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}
