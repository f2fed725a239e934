/**
 * What Synthflow would refuse, or has no way to do, found before anything is sent. Types are those of its API
 * reference; what that leaves open (empty texts, lengths) passes.
 */
import type { JsonObject, JsonValue } from "../../platform/json.ts";
import type { MemberRules } from "../changed-members.ts";
import { type Check, fault, listOf, memberNameFaults, oneOf, text, wholeFaults } from "../member-check.ts";
import { foreignFaults, unrecordedFaults } from "../member-faults.ts";
import type { Fault } from "../provider.ts";
import { isCaseId, isInOwnSpelling } from "./synthflow-answer.ts";

const uuid: Check = (value, path) =>
  typeof value === "string" && isCaseId(value) && isInOwnSpelling(value)
    ? []
    : fault(path, "must be a UUID in lower case");

/** Not every agent's id is a UUID. */
const agentId: Check = (value, path) =>
  typeof value === "string" && isCaseId(value) ? uuid(value, path) : text(value, path);

/** The members that an update may change: Synthflow's schema `SimulationCaseUpdateIn`. */
const updatable: ReadonlyMap<string, Check> = new Map([
  ["name", text],
  ["prompt", text],
  ["success_criteria", listOf(text)],
  ["call_success_type", oneOf("all", "any")],
  ["suite_id", uuid],
]);

/** Those that only a create takes. */
const fixed: ReadonlyMap<string, Check> = new Map([
  ["type", oneOf("custom", "agent_based")],
  ["base_agent_id", agentId],
]);

const requiredToReplace = ["name", "prompt", "success_criteria", "call_success_type"];
/** Announced are the end of `type`, and `suite_id` as a required member. */
const requiredToCreate = [...requiredToReplace, "type"];

/** Bookkeeping, all but the agent. */
export const readOnlyMembers: readonly string[] = [
  "simulation_case_id",
  "workspace_id",
  "created_at",
  "updated_at",
];

/** Other providers' members, and Synthflow's own for the same purpose where it has one. */
const foreign: ReadonlyMap<string, string | undefined> = new Map([
  ["user_prompt", "prompt"],
  ["metrics", "success_criteria"],
  ["response_engine", "suite_id"],
  ["dynamic_variables", undefined],
  ["tool_mocks", undefined],
  ["llm_model", undefined],
  ["title", "name"],
  ["expectedOutput", "success_criteria"],
  ["promptId", "suite_id"],
  ["messages", undefined],
  ["variables", undefined],
  ["variablesRichContent", undefined],
  ["files", undefined],
  ["answers", undefined],
]);

const WHOSE = "Synthflow's cases";

const NO_CLEARING = "cannot be cleared: Synthflow documents no way to clear a member";

export function isUpdatable(name: string): boolean {
  return updatable.has(name);
}

/** A member that neither a request nor an answer of Synthflow's documents has. */
export function isUnknownMember(name: string): boolean {
  return !updatable.has(name) && !fixed.has(name) && !readOnlyMembers.includes(name) && name !== "base_agent";
}

/** All faults of a definition that a request names whole. */
export function faultsOfDefinition(
  definition: JsonObject,
  operation: "create" | "replace",
  ignoredPaths: readonly (readonly string[])[],
): readonly Fault[] {
  const required = operation === "create" ? requiredToCreate : requiredToReplace;
  return [
    ...wholeFaults(definition, operation, { required, ignoredPaths }),
    ...Object.entries(definition).flatMap(([name, value]) => [
      ...givenFaults(name, value, operation),
      ...memberNameFaults(name, value, [name]),
    ]),
  ];
}

function givenFaults(name: string, value: JsonValue, operation: "create" | "replace"): readonly Fault[] {
  if (readOnlyMembers.includes(name)) return fault([name], "is kept by Synthflow and cannot be set");
  if (name === "base_agent") {
    return fault([name], "is what Synthflow answers; a request names the agent as base_agent_id");
  }
  const mayBeAbsent = name === "suite_id" || name === "base_agent_id";
  if (value === null && mayBeAbsent) {
    // Where it is null live as well, a replace leaves it so; elsewhere it is refused when that is known.
    return operation === "create" ? fault([name], "cannot be null: leave it out") : [];
  }
  const check = updatable.get(name) ?? fixed.get(name);
  return check === undefined ? foreignFaults(name, foreign, WHOSE) : check(value, [name]);
}

/** What stands against making anew what Synthflow once held. That a case has a type will end. */
export function faultsOfRecreated(body: JsonObject): readonly Fault[] {
  return unrecordedFaults(body, requiredToReplace);
}

/** What an edit can do to a member. */
export const memberRules: MemberRules = {
  whyNot: whyNotUpdatable,
  valueFaults: (name, value) => updatable.get(name)?.(value, [name]) ?? [],
};

function whyNotUpdatable(name: string, value: JsonValue | undefined): readonly Fault[] {
  if (updatable.has(name)) return value === undefined || value === null ? fault([name], NO_CLEARING) : [];
  if (name === "base_agent" || fixed.has(name)) {
    return fault([name], "is fixed when Synthflow creates a case: create a new case");
  }
  const ofOthers = foreignFaults(name, foreign, WHOSE);
  if (ofOthers.length > 0) return ofOthers;
  return fault([name], `is none of the members that Synthflow changes: ${[...updatable.keys()].join(", ")}`);
}
