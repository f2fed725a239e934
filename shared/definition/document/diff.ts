/**
 * The difference of two documents as a JSON Patch.
 *
 * Ours and not a library's, because the kept ones compare every pair of elements of two arrays with all that is in
 * them, which takes for ever where arrays lie in arrays; and they lose raw numbers and members called `__proto__`. Here
 * every value is looked at once, and all arrays of a document share one budget of comparisons.
 */
import { isJsonArray, isJsonObject, type JsonObject, type JsonValue } from "../../platform/json.ts";
import { alignArrays, type ComparisonBudget } from "./array-alignment.ts";
import { MAX_PATCH_OPERATIONS, type PatchOperation } from "./json-patch.ts";
import { pointerOf } from "./json-pointer.ts";
import { ValueNumbers } from "./value-numbers.ts";

/** Beyond these comparisons of elements the least edit costs more than it tells: arrays are replaced whole. */
const MAX_COMPARISONS = 1_000_000;

/** The RFC 6902 patch that turns `from` into `to`; empty where they are canonically equal. */
export function diff(from: JsonValue, to: JsonValue): readonly PatchOperation[] {
  return difference(from, to, [], { numbers: new ValueNumbers(), budget: { left: MAX_COMPARISONS } });
}

type Path = readonly (string | number)[];
type Work = { readonly numbers: ValueNumbers; readonly budget: ComparisonBudget };

function difference(from: JsonValue, to: JsonValue, path: Path, work: Work): readonly PatchOperation[] {
  if (work.numbers.of(from) === work.numbers.of(to)) return [];
  const replaced = [{ op: "replace", path: pointerOf(path), value: to }];
  const operations =
    isJsonObject(from) && isJsonObject(to)
      ? objectDifference(from, to, path, work)
      : isJsonArray(from) && isJsonArray(to)
        ? arrayDifference(from, to, path, work)
        : replaced;
  // Each operation copies its way down the document when the patch is applied.
  return operations === undefined || operations.length > MAX_PATCH_OPERATIONS ? replaced : operations;
}

function objectDifference(
  from: JsonObject,
  to: JsonObject,
  path: Path,
  work: Work,
): readonly PatchOperation[] {
  const removed = Object.keys(from).filter((name) => !Object.hasOwn(to, name));
  const members = Object.entries(to);
  const added = members.filter(([name]) => !Object.hasOwn(from, name));
  const common = members.filter(([name]) => Object.hasOwn(from, name));
  return [
    ...removed.map((name) => ({ op: "remove", path: pointerOf([...path, name]) })),
    ...added.map(([name, value]) => ({ op: "add", path: pointerOf([...path, name]), value })),
    ...common.flatMap(([name, value]) => difference(from[name] as JsonValue, value, [...path, name], work)),
  ];
}

/** `undefined`: it would take too long to find out. */
function arrayDifference(
  from: readonly JsonValue[],
  to: readonly JsonValue[],
  path: Path,
  work: Work,
): readonly PatchOperation[] | undefined {
  const numbersOf = (values: readonly JsonValue[]) => values.map((value) => work.numbers.of(value));
  const steps = alignArrays(numbersOf(from), numbersOf(to), work.budget);
  if (steps === undefined) return undefined;
  const operations: PatchOperation[] = [];
  /** Each operation sees the array as those before have left it. */
  let index = 0;
  let length = from.length;
  for (const step of steps) {
    const here = pointerOf([...path, step.kind === "add" && index === length ? "-" : index]);
    switch (step.kind) {
      case "replace":
        operations.push(
          ...difference(from[step.from] as JsonValue, to[step.to] as JsonValue, [...path, index], work),
        );
        break;
      case "remove":
        operations.push({ op: "remove", path: here });
        length -= 1;
        continue;
      case "add":
        operations.push({ op: "add", path: here, value: to[step.to] as JsonValue });
        length += 1;
    }
    index += 1;
  }
  return operations;
}
