/** What providers have against members of a definition, in the words of all of them. Pure. */
import { memberOf } from "../definition/document/touched-members.ts";
import type { JsonObject } from "../platform/json.ts";
import { fault } from "./member-check.ts";
import type { Fault } from "./provider.ts";

/** An answer that names more faults than this helps nobody, and may not fit where it is stored. */
const MAX_FAULTS = 100;

export function firstFaults(faults: readonly Fault[]): readonly Fault[] {
  return faults.slice(0, MAX_FAULTS);
}

/** Members that a connection does not send: to drop what somebody asked for would be a silent no-op. */
export function unsentFaults(names: readonly string[], provider: string): readonly Fault[] {
  return names.flatMap((name) =>
    fault([name], `is unknown to ${provider}'s documents, and this connection does not send such members`),
  );
}

/** Another provider's member; `foreign` has this one's own for the same purpose, where there is one. */
export function foreignFaults(
  name: string,
  foreign: ReadonlyMap<string, string | undefined>,
  whose: string,
): readonly Fault[] {
  if (!foreign.has(name)) return [];
  const own = foreign.get(name);
  return fault([name], `is no member of ${whose}${own === undefined ? "" : `; theirs is ${own}`}`);
}

/** Members that a definition cannot be made anew without: those that are not recorded, or only as null. */
export function unrecordedFaults(body: JsonObject, required: readonly string[]): readonly Fault[] {
  return required
    .filter((name) => (memberOf(body, name) ?? null) === null)
    .flatMap((name) => fault([name], "is required to create a definition, and was not recorded"));
}
