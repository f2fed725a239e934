/** Checks the body of a create or an update as Synthflow's schemas say. Strict where they speak, by switch elsewhere. */
import {
  isJsonArray,
  isJsonObject,
  type JsonObject,
  type JsonValue,
} from "../../../../shared/platform/json.ts";
import { serverMembers } from "./case-document.ts";
import type { CallContext } from "./plan.ts";

type Test = (value: JsonValue) => boolean;

const isText: Test = (value) => typeof value === "string";
const isUuid: Test = (value) => typeof value === "string" && uuidPattern.test(value);
const isOneOf =
  (...allowed: readonly string[]): Test =>
  (value) =>
    typeof value === "string" && allowed.includes(value);

export const uuidPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** `SimulationCaseUpdateIn`: all optional, all nullable. */
const updateMembers: Readonly<Record<string, Test>> = {
  name: isText,
  prompt: isText,
  success_criteria: (value) => isJsonArray(value) && value.every(isText),
  call_success_type: isOneOf("all", "any"),
  suite_id: isUuid,
};

const createMembers: Readonly<Record<string, Test>> = {
  ...updateMembers,
  type: isOneOf("custom", "agent_based"),
  base_agent_id: (value) => value === null || isText(value),
};

/** The members of a create's body; `undefined`: it is not valid. */
export function readCreate({ body, switches }: CallContext): JsonObject | undefined {
  const required = ["name", "prompt", "success_criteria", "call_success_type"];
  if (switches.typeMember === "required") required.push("type");
  if (switches.suiteOnCreate === "required") required.push("suite_id");
  const { type, ...withoutType } = createMembers;
  const members = switches.typeMember === "removed" ? withoutType : createMembers;
  const read = readMembers(body, members, switches, "rejected");
  return read !== undefined && required.every((name) => Object.hasOwn(read, name)) ? read : undefined;
}

/** The members of an update's body; `undefined`: it is not valid. */
export function readUpdate({ body, switches }: CallContext): JsonObject | undefined {
  return readMembers(body, updateMembers, switches, switches.nullMembers);
}

function readMembers(
  body: JsonValue | undefined,
  members: Readonly<Record<string, Test>>,
  { unknownMembers, emptyMembers }: CallContext["switches"],
  nulls: CallContext["switches"]["nullMembers"],
): JsonObject | undefined {
  if (!isJsonObject(body)) return undefined;
  const read: [string, JsonValue][] = [];
  for (const [name, value] of Object.entries(body)) {
    const test = Object.hasOwn(members, name) ? members[name] : undefined;
    if (test === undefined) {
      if (unknownMembers === "rejected") return undefined;
      if (unknownMembers === "kept" && !serverMembers.includes(name)) read.push([name, value]);
    } else if (value === null && nulls !== "rejected") {
      if (nulls === "clears") read.push([name, null]);
    } else if (!test(value) || (emptyMembers === 422 && (value === "" || isEmptyList(value)))) {
      return undefined;
    } else {
      read.push([name, value]);
    }
  }
  return Object.fromEntries(read);
}

function isEmptyList(value: JsonValue): boolean {
  return isJsonArray(value) && value.length === 0;
}
