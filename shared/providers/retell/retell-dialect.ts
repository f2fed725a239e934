/** What the domain must know about Retell's test case definitions, without any I/O. */
import { pointerTokens } from "../../definition/document/json-pointer.ts";
import type { Connection } from "../../platform/config.ts";
import { isJsonObject } from "../../platform/json.ts";
import { withLive, withMember } from "../live-members.ts";
import { firstFaults, unsentFaults } from "../member-faults.ts";
import type { Dialect } from "../provider.ts";
import {
  faultsOfDefinition,
  faultsOfTouched,
  isInputMember,
  readOnlyMembers,
} from "./retell-definition-faults.ts";
import { engineOfScope, scopeOfContent } from "./retell-engine.ts";

/** The options of a connection that its dialect depends on. */
export type RetellDialectOptions = Pick<Connection, "ignore" | "sendUnknownFields" | "sendIdInBody">;

export function retellDialect({ ignore, sendUnknownFields, sendIdInBody }: RetellDialectOptions): Dialect {
  const ignoredPaths = ignore.map(pointerTokens);

  const unsendable = (names: readonly string[]) =>
    sendUnknownFields ? [] : unsentFaults(names.filter(isUnknownMember), "Retell");

  const isSent = ([name]: readonly [string, unknown]) =>
    isInputMember(name) || (sendUnknownFields && !readOnlyMembers.includes(name));

  return {
    provider: "retell",
    bookkeeping: [
      ...readOnlyMembers.map((name) => ({ path: [name] })),
      ...ignoredPaths.map((path) => ({ path })),
    ],
    // Retired model names are replaced by Retell, in requests as well.
    rewriteSet: ["llm_model"],
    updateSends: "complete",
    // Retell's keys are restricted by kind of call, never by definition: what one write lacks, all lack.
    refusalWithWorkingKey: "writes-paused",
    scopeOf: scopeOfContent,

    scopeFault: (scope) =>
      engineOfScope(scope) === undefined || !scope.isWellFormed()
        ? "Retell lists test cases per engine: retell-llm:<llm_id> or conversation-flow:<conversation_flow_id>"
        : undefined,

    createMayLandIn: () => false,

    nameOf(content) {
      const { name } = content;
      return typeof name === "string" ? name : "";
    },

    definitionFaults(definition, operation) {
      if (operation === "recreate") return [];
      return firstFaults([
        ...faultsOfDefinition(definition, operation, ignoredPaths),
        ...unsendable(Object.keys(definition)),
      ]);
    },

    memberFaults(wanted, touched) {
      const present = [...touched].filter((name) => Object.hasOwn(wanted, name));
      return firstFaults([...faultsOfTouched(wanted, touched), ...unsendable(present)]);
    },

    replacedContent(live, definition) {
      const kept = Object.entries(live).filter(
        ([name]) => !Object.hasOwn(definition, name) && (!isInputMember(name) || name === "llm_model"),
      );
      return Object.fromEntries([...Object.entries(definition), ...kept]);
    },

    // Every update is the complete object.
    updateFaults: () => [],

    // Its own form (`test_case_` and some characters) is documented nowhere.
    definitionIdFault: () => undefined,

    restoredContent(restored, live, { keepEngineVersion }) {
      if (!keepEngineVersion) return restored;
      const [engine, liveEngine] = [restored["response_engine"], live["response_engine"]];
      if (!isJsonObject(engine) || !isJsonObject(liveEngine)) return restored;
      // Another engine's version number would mean nothing.
      if (scopeOfContent(restored) !== scopeOfContent(live)) return restored;
      const { version: _restored, ...rest } = engine;
      const { version } = liveEngine;
      return withMember(restored, "response_engine", version === undefined ? rest : { ...rest, version });
    },

    // What a complete update leaves out is gone.
    withClearedMembers: (wanted) => wanted,

    unknownMembers: (body) => Object.keys(body).filter(isUnknownMember),

    createBody: (definition) => definition,

    recreateBody: (document) => Object.fromEntries(Object.entries(document).filter(isSent)),

    updateBody(definitionId, _base, wanted, live) {
      const complete = ignoredPaths.reduce((body, path) => withLive(body, path, live), wanted);
      const sent = Object.entries(complete).filter(isSent);
      // fromEntries defines members, so that one called __proto__ stays a member.
      return Object.fromEntries(sendIdInBody ? [["test_case_definition_id", definitionId], ...sent] : sent);
    },
  };
}

function isUnknownMember(name: string): boolean {
  return !isInputMember(name) && !readOnlyMembers.includes(name);
}
