/** Providers whose update carries the members that change, and leaves the others as they are. Pure. */
import { memberOf, touchedMembers } from "../definition/document/touched-members.ts";
import type { JsonObject, JsonValue } from "../platform/json.ts";
import { firstFaults } from "./member-faults.ts";
import type { Dialect, Fault } from "./provider.ts";

export type MemberRules = {
  /** Why a member cannot be given this value at all; `undefined`: it is to go. Empty: it can. */
  whyNot(name: string, value: JsonValue | undefined): readonly Fault[];
  /** What is wrong with a value of a member that can be set. */
  valueFaults(name: string, value: JsonValue): readonly Fault[];
};

/** What is wrong with an edit, member by member. */
export function changeFaults({
  whyNot,
  valueFaults,
}: MemberRules): Pick<Dialect, "memberFaults" | "updateFaults"> {
  return {
    memberFaults(wanted, touched) {
      const faults = [...touched].flatMap((name) => {
        const value = memberOf(wanted, name);
        const impossible = whyNot(name, value);
        return impossible.length > 0 || value === undefined ? impossible : valueFaults(name, value);
      });
      return firstFaults(faults);
    },

    updateFaults: (base, wanted) =>
      firstFaults(touchedMembers(base, wanted).flatMap((name) => whyNot(name, memberOf(wanted, name)))),
  };
}

/** The members of `body` in which `wanted` differs from `base`, as far as they are sent. */
export function changedBody(
  base: JsonObject,
  wanted: JsonObject,
  isSent: (name: string) => boolean,
  body: JsonObject = wanted,
): JsonObject {
  const changed = touchedMembers(base, wanted).filter((name) => Object.hasOwn(body, name) && isSent(name));
  return Object.fromEntries(changed.map((name) => [name, body[name] ?? null]));
}
