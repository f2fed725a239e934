/**
 * What Tela would refuse, or has no way to do, found before anything is sent. Types and nulls are those of its API
 * reference; what that leaves open (roles, sources, lengths, members that it does not know) passes.
 */
import { memberOf } from "../../definition/document/touched-members.ts";
import { isJsonObject, isRawNumber, type JsonObject, type JsonValue } from "../../platform/json.ts";
import type { MemberRules } from "../changed-members.ts";
import {
  type Check,
  fault,
  listOf,
  memberNameFaults,
  text,
  textsByName,
  wholeFaults,
} from "../member-check.ts";
import { foreignFaults, unrecordedFaults, unsentFaults } from "../member-faults.ts";
import type { Fault } from "../provider.ts";

const object: Check = (value, path) => (isJsonObject(value) ? [] : fault(path, "must be an object"));

const number: Check = (value, path) =>
  typeof value === "number" || isRawNumber(value) ? [] : fault(path, "must be a number");

const filledText: Check = (value, path) =>
  typeof value === "string" && value !== "" ? [] : fault(path, "must be a string that is not empty");

const membersOf =
  (members: Readonly<Record<string, Check>>): Check =>
  (value, path) =>
    isJsonObject(value)
      ? Object.entries(members).flatMap(([member, check]) =>
          check(memberOf(value, member), [...path, member]),
        )
      : fault(path, "must be an object");

const message = membersOf({
  role: filledText,
  content: (value, path) =>
    typeof value === "string" || isJsonObject(value) ? [] : fault(path, "must be a string or an object"),
});

const file = membersOf({
  index: number,
  name: text,
  mimeType: text,
  vaultUrl: text,
  variableName: text,
  url: text,
});

type Member = {
  readonly check: Check;
  /** Tela's schema of an update takes null for it. */
  readonly nullable?: true;
};

/** The members of `TestCaseUpdateRequest`. */
const members: ReadonlyMap<string, Member> = new Map<string, Member>([
  ["title", { check: text }],
  ["messages", { check: listOf(message) }],
  ["variables", { check: textsByName, nullable: true }],
  ["variablesRichContent", { check: textsByName }],
  ["files", { check: listOf(file), nullable: true }],
  ["promptId", { check: filledText }],
  ["expectedOutput", { check: text, nullable: true }],
  ["promptApplicationId", { check: text, nullable: true }],
  ["metadata", { check: object }],
  ["answers", { check: object, nullable: true }],
]);

/** An answer may hold null for them, although an update may not. */
const nullWhenRead: ReadonlySet<string> = new Set(["messages", "variablesRichContent", "metadata"]);

const requiredToCreate = ["promptId", "messages", "variablesRichContent"];
/**
 * What a whole definition must name. What is left out of an update stays at Tela: a definition without `variables`
 * could mean that they go or that they stay. The others are the system's.
 */
const requiredToReplace = [
  "title",
  "messages",
  "variables",
  "variablesRichContent",
  "files",
  "promptId",
  "expectedOutput",
];

export const readOnlyMembers: readonly string[] = [
  "id",
  "createdAt",
  "updatedAt",
  "deletedAt",
  "generations",
];

/** Other providers' members, and Tela's own for the same purpose where it has one. */
const foreign: ReadonlyMap<string, string | undefined> = new Map([
  ["name", "title"],
  ["user_prompt", "messages"],
  ["prompt", "messages"],
  ["metrics", "expectedOutput"],
  ["success_criteria", "expectedOutput"],
  ["call_success_type", undefined],
  ["dynamic_variables", "variables"],
  ["tool_mocks", undefined],
  ["llm_model", undefined],
  ["response_engine", "promptId"],
  ["suite_id", "promptId"],
  ["base_agent", undefined],
  ["base_agent_id", undefined],
]);

/** What the connection allows. */
export type TelaOptions = {
  /** `answers` may be sent, although only one of two documents says that it can be. */
  readonly sendAnswers: boolean;
  readonly sendUnknownFields: boolean;
  readonly ignoredPaths: readonly (readonly string[])[];
};

const NOT_NULL = "cannot be null or removed on Tela";

export function isNullable(member: string): boolean {
  return members.get(member)?.nullable ?? false;
}

/** A member that neither a request nor an answer of Tela's documents has. */
export function isUnknownMember(member: string): boolean {
  return !members.has(member) && !readOnlyMembers.includes(member);
}

/** All faults of a definition that a request names whole. */
export function faultsOfDefinition(
  definition: JsonObject,
  operation: "create" | "replace",
  options: TelaOptions,
): readonly Fault[] {
  const required = operation === "create" ? requiredToCreate : requiredToReplace;
  return [
    ...wholeFaults(definition, operation, { required, ignoredPaths: options.ignoredPaths }),
    ...Object.entries(definition).flatMap(([member, value]) => {
      if (readOnlyMembers.includes(member)) return fault([member], "is kept by Tela and cannot be set");
      // A whole definition may be given back as it was read. What differs from that is refused when it is known.
      const mayBeAsRead = member === "answers" || (value === null && nullWhenRead.has(member));
      if (operation === "replace" && mayBeAsRead) return [];
      return [...impossible(member, value, options), ...typeFaults(member, value)];
    }),
  ];
}

/** What stands against making anew what Tela once held. */
export function faultsOfRecreated(body: JsonObject, options: TelaOptions): readonly Fault[] {
  return [
    ...unrecordedFaults(body, requiredToCreate),
    ...(Object.hasOwn(body, "answers") ? impossible("answers", body["answers"], options) : []),
  ];
}

/** What an edit can do to a member. */
export function memberRules(options: TelaOptions): MemberRules {
  return { whyNot: (member, value) => impossible(member, value, options), valueFaults: typeFaults };
}

/** Why a member cannot be given this value at all; `undefined`: it is to go. */
function impossible(
  member: string,
  value: JsonValue | undefined,
  { sendAnswers, sendUnknownFields }: TelaOptions,
): readonly Fault[] {
  if (member === "answers" && !sendAnswers) {
    return fault(
      [member],
      "is not sent: Tela's documents contradict each other on whether it can be set (connection option sendAnswers)",
    );
  }
  if (members.has(member)) {
    const isCleared = value === undefined || value === null;
    return isCleared && !isNullable(member) ? fault([member], NOT_NULL) : [];
  }
  const ofOthers = foreignFaults(member, foreign, "Tela's test cases");
  if (ofOthers.length > 0) return ofOthers;
  if (value === undefined) return fault([member], "cannot be removed: Tela documents no way to do so");
  return sendUnknownFields ? [] : unsentFaults([member], "Tela");
}

function typeFaults(member: string, value: JsonValue): readonly Fault[] {
  const faults = value === null ? [] : (members.get(member)?.check(value, [member]) ?? []);
  return [...faults, ...memberNameFaults(member, value, [member])];
}
