/** What the domain must know about Synthflow's simulation cases, without any I/O. */
import { pointerTokens } from "../../definition/document/json-pointer.ts";
import type { Connection } from "../../platform/config.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../../platform/json.ts";
import { changedBody, changeFaults } from "../changed-members.ts";
import { firstFaults, unsentFaults } from "../member-faults.ts";
import type { Dialect } from "../provider.ts";
import { isCaseId, isInOwnSpelling } from "./synthflow-answer.ts";
import {
  faultsOfDefinition,
  faultsOfRecreated,
  isUnknownMember,
  isUpdatable,
  memberRules,
  readOnlyMembers,
} from "./synthflow-definition-faults.ts";
import { canHaveCases, scopeOfContent, WORKSPACE } from "./synthflow-scope.ts";

/** The options of a connection that its dialect depends on. */
export type SynthflowDialectOptions = Pick<Connection, "ignore" | "sendUnknownFields">;

export function synthflowDialect({ ignore, sendUnknownFields }: SynthflowDialectOptions): Dialect {
  const ignoredPaths = ignore.map(pointerTokens);

  return {
    provider: "synthflow",
    bookkeeping: [
      ...readOnlyMembers.map((name) => ({ path: [name] })),
      // An edit of the agent is no change of its cases.
      { path: ["base_agent"], except: ["model_id"] },
      ...ignoredPaths.map((path) => ({ path })),
    ],
    rewriteSet: [],
    // Named PUT, but what is left out stays; and members outside the documented ones are never sent.
    updateSends: "changed",
    refusalWithWorkingKey: "rejected",
    scopeOf: scopeOfContent,

    scopeFault: (scope) =>
      canHaveCases(scope)
        ? undefined
        : "Synthflow's cases are in suites or in the workspace itself: suite:<suite_id>, a UUID in lower case, or workspace",

    // It has announced that it groups cases without a suite by itself.
    createMayLandIn: (scope, other) => scope === WORKSPACE && other !== WORKSPACE,

    nameOf({ name }) {
      return typeof name === "string" ? name : "";
    },

    definitionFaults(definition, operation) {
      if (operation === "recreate") return faultsOfRecreated(definition);
      const unsendable =
        operation === "create" && !sendUnknownFields ? Object.keys(definition).filter(isUnknownMember) : [];
      return firstFaults([
        ...faultsOfDefinition(definition, operation, ignoredPaths),
        ...unsentFaults(unsendable, "Synthflow"),
      ]);
    },

    ...changeFaults(memberRules),

    definitionIdFault(definitionId) {
      // In another spelling it would be another definition to everybody but Synthflow.
      return isCaseId(definitionId) && isInOwnSpelling(definitionId)
        ? undefined
        : "must be the id of a Synthflow case: a UUID in lower case";
    },

    replacedContent: (live, definition) => ({ ...live, ...asAnswered(definition) }),

    restoredContent(restored, live) {
      const brought = Object.entries(restored).filter(
        ([name, value]) => Object.hasOwn(live, name) || (isUpdatable(name) && value !== null),
      );
      // What Synthflow alone knows, it alone changes (the time of the last run, say): that is no reason to refuse.
      const kept = Object.entries(live).filter(
        ([name]) => isUnknownMember(name) || !Object.hasOwn(restored, name),
      );
      return Object.fromEntries([...brought, ...kept]);
    },

    withClearedMembers: (wanted) => wanted,

    unknownMembers: (body) => Object.keys(body).filter(isUnknownMember),

    createBody: asAnswered,

    recreateBody(document) {
      const { base_agent: agent, ...members } = document;
      const modelId = isJsonObject(agent) ? agent["model_id"] : undefined;
      const sent = Object.entries(members).filter(
        ([name, value]) =>
          !readOnlyMembers.includes(name) &&
          (sendUnknownFields || !isUnknownMember(name)) &&
          (value !== null || isUnknownMember(name)),
      );
      return Object.fromEntries([...sent, ...agentMember(modelId)]);
    },

    updateBody(_definitionId, base, wanted) {
      return changedBody(base, wanted, (name) => isUpdatable(name) && wanted[name] !== null);
    },
  };
}

/** A definition as requests name it, in the form in which Synthflow answers it. */
function asAnswered(definition: JsonObject): JsonObject {
  const { base_agent_id: agentId, ...members } = definition;
  if (agentId === undefined) return definition;
  return {
    ...members,
    ...(agentId === null ? { base_agent: null } : Object.fromEntries(agentMember(agentId))),
  };
}

function agentMember(modelId: JsonValue | undefined): readonly (readonly [string, JsonValue])[] {
  return typeof modelId === "string" ? [["base_agent", { model_id: modelId }]] : [];
}
