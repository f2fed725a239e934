/** Checks of a definition's members against a provider's documents, each fault with its place. Pure. */
import { pointerOf, valueAt } from "../definition/document/json-pointer.ts";
import { isJsonArray, isJsonObject, type JsonObject, type JsonValue } from "../platform/json.ts";
import type { Fault } from "./provider.ts";

export type Path = readonly (string | number)[];
/** The faults of the value at `path`; an absent one is `undefined`. */
export type Check = (value: JsonValue | undefined, path: Path) => readonly Fault[];

export function fault(path: Path, message: string): readonly Fault[] {
  return [{ pointer: pointerOf(path), message }];
}

export const text: Check = (value, path) =>
  typeof value === "string" ? [] : fault(path, "must be a string");

export function oneOf(...allowed: readonly string[]): Check {
  return (value, path) =>
    typeof value === "string" && allowed.includes(value)
      ? []
      : fault(path, `must be one of ${allowed.join(", ")}`);
}

export function listOf(check: Check): Check {
  return (value, path) =>
    isJsonArray(value)
      ? value.flatMap((item, index) => check(item, [...path, index]))
      : fault(path, "must be an array");
}

/** Not converted here: whether 7 is "7" or "7.0" is for whoever asks. */
export const textsByName: Check = (value, path) =>
  isJsonObject(value)
    ? Object.entries(value).flatMap(([name, item]) => text(item, [...path, name]))
    : fault(path, "must be an object");

/** What a definition that a request names whole must hold, and must leave to its connection. */
export function wholeFaults(
  definition: JsonObject,
  operation: "create" | "replace",
  { required, ignoredPaths }: Wholeness,
): readonly Fault[] {
  // A replaced definition keeps what its connection ignores; a new one has nothing to keep.
  const kept = operation === "create" ? [] : ignoredPaths.map((path) => pointerOf(path));
  return [
    ...kept
      .filter((pointer) => valueAt(definition, pointer) !== undefined)
      .map((pointer) => ({ pointer, message: "is ignored by this connection and cannot be set" })),
    ...[...required]
      .filter((name) => !Object.hasOwn(definition, name) && !kept.includes(pointerOf([name])))
      .flatMap((name) => fault([name], `is required to ${operation} a definition`)),
  ];
}

export type Wholeness = {
  /** Member names. */
  readonly required: Iterable<string>;
  readonly ignoredPaths: readonly (readonly string[])[];
};

/** Too many programs on the way take a member called `__proto__` for something else, or lose it. */
export function memberNameFaults(name: string, value: JsonValue | undefined, path: Path): readonly Fault[] {
  const below = isJsonArray(value)
    ? value.flatMap((item, index) => memberNameFaults("", item, [...path, index]))
    : isJsonObject(value)
      ? Object.entries(value).flatMap(([member, item]) => memberNameFaults(member, item, [...path, member]))
      : [];
  return name === "__proto__" ? [...fault(path, "cannot be the name of a member"), ...below] : below;
}
