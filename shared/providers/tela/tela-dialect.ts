/** What the domain must know about Tela's test cases, without any I/O. */
import { pointerTokens } from "../../definition/document/json-pointer.ts";
import type { Connection } from "../../platform/config.ts";
import type { JsonObject, JsonValue } from "../../platform/json.ts";
import { changedBody, changeFaults } from "../changed-members.ts";
import { withLive } from "../live-members.ts";
import { firstFaults } from "../member-faults.ts";
import type { Dialect } from "../provider.ts";
import {
  faultsOfDefinition,
  faultsOfRecreated,
  isNullable,
  isUnknownMember,
  memberRules,
  readOnlyMembers,
  type TelaOptions,
} from "./tela-definition-faults.ts";
import { promptOfScope, scopeOfContent } from "./tela-scope.ts";

/** A create must name them, and its schema takes no null: what is null where it was read is made empty. */
const emptyInCreate: ReadonlyMap<string, JsonValue> = new Map<string, JsonValue>([
  ["messages", []],
  ["variablesRichContent", {}],
]);

/** The options of a connection that its dialect depends on. */
export type TelaDialectOptions = Pick<Connection, "ignore" | "sendUnknownFields" | "sendAnswers">;

export function telaDialect({ ignore, sendUnknownFields, sendAnswers = false }: TelaDialectOptions): Dialect {
  const options: TelaOptions = { sendAnswers, sendUnknownFields, ignoredPaths: ignore.map(pointerTokens) };
  const isSent = (member: string) =>
    !readOnlyMembers.includes(member) && (sendUnknownFields || !isUnknownMember(member));

  return {
    provider: "tela",
    bookkeeping: [
      ...readOnlyMembers.map((member) => ({ path: [member] })),
      ...options.ignoredPaths.map((path) => ({ path })),
    ],
    rewriteSet: [],
    updateSends: "changed",
    // Tela's keys see projects or do not: what one test case is refused, another may be granted.
    refusalWithWorkingKey: "rejected",
    scopeOf: scopeOfContent,

    scopeFault: (scope) =>
      promptOfScope(scope) === undefined
        ? "Tela lists test cases per prompt (canvas): prompt:<promptId>"
        : undefined,

    createMayLandIn: () => false,

    nameOf({ title }) {
      return typeof title === "string" ? title : "";
    },

    definitionFaults(definition, operation) {
      return firstFaults(
        operation === "recreate"
          ? faultsOfRecreated(definition, options)
          : faultsOfDefinition(definition, operation, options),
      );
    },

    ...changeFaults(memberRules(options)),

    // Documented as UUIDs, but their paths take any text.
    definitionIdFault: () => undefined,

    replacedContent: (live, definition) => withMembersOf(definition, live, () => true),

    restoredContent(restored, live) {
      const canBeSet = ([member]: readonly [string, unknown]) =>
        !isUnknownMember(member) || Object.hasOwn(live, member);
      const brought = Object.fromEntries(Object.entries(restored).filter(canBeSet));
      return withMembersOf(brought, live, (member) => !isNullable(member));
    },

    withClearedMembers(wanted, live) {
      const cleared = Object.keys(live)
        .filter((member) => isNullable(member) && !Object.hasOwn(wanted, member))
        .map((member) => [member, null] as const);
      return Object.fromEntries([...Object.entries(wanted), ...cleared]);
    },

    unknownMembers: (body) => Object.keys(body).filter(isUnknownMember),

    createBody: (definition) => definition,

    recreateBody(document) {
      const given = Object.entries(document).filter(([member, value]) => isSent(member) && value !== null);
      return withMembersOf(Object.fromEntries(given), Object.fromEntries(emptyInCreate), (member) =>
        Object.hasOwn(document, member),
      );
    },

    updateBody(_definitionId, base, wanted, live) {
      // Nobody says whether Tela merges objects, so each goes whole, with what the connection ignores in it.
      const whole = options.ignoredPaths
        .filter((path) => path.length > 1)
        .reduce((content, path) => withLive(content, path, live), wanted);
      return changedBody(base, wanted, isSent, whole);
    },
  };
}

/** `object` with the members of `other` that it lacks and that are `wanted`. */
function withMembersOf(
  object: JsonObject,
  other: JsonObject,
  wanted: (member: string) => boolean,
): JsonObject {
  const added = Object.entries(other).filter(([member]) => !Object.hasOwn(object, member) && wanted(member));
  return Object.fromEntries([...Object.entries(object), ...added]);
}
