/**
 * Checks the body of a create or an update as Tela's schemas say. Strict where they speak, by switch where they do
 * not; what is stored of a valid body is told as well.
 */
import {
  isJsonArray,
  isJsonObject,
  isRawNumber,
  type JsonObject,
  type JsonValue,
} from "../../../../shared/platform/json.ts";
import type { Switches } from "./switches.ts";
import { serverMembers } from "./test-case-document.ts";

type Value = JsonValue | undefined;
type Check = (value: Value, switches: Switches) => boolean;

const text = (value: Value) => typeof value === "string";
const uuid = (value: Value) =>
  typeof value === "string" && /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(value);
const number = (value: Value) => typeof value === "number" || isRawNumber(value);
const texts = (value: Value) => isJsonObject(value) && Object.values(value).every(text);

const roles = ["user", "system", "assistant", "function", "developer"];
const message = (value: Value) =>
  isJsonObject(value) &&
  roles.includes(String(value["role"])) &&
  (typeof value["content"] === "string" || isJsonObject(value["content"]));

const fileTexts = ["name", "mimeType", "vaultUrl", "variableName", "url"];
const file = (value: Value) =>
  isJsonObject(value) && number(value["index"]) && fileTexts.every((member) => text(value[member]));

const listOf =
  (check: Check): Check =>
  (value, switches) =>
    isJsonArray(value) && value.every((item) => check(item, switches));

const sources = ["workstation", "craft", "test-case"];
const metadata: Check = (value, { otherSources }) => {
  if (!isJsonObject(value)) return false;
  const { source } = value;
  if (source === undefined) return true;
  return typeof source === "string" && (otherSources === "accepted" || sources.includes(source));
};

/** The members of `TestCaseUpdateRequest` and the one that only its prose names; nullable ones as it says. */
const checks: Readonly<Record<string, { readonly check: Check; readonly nullable?: true }>> = {
  title: { check: text },
  messages: { check: listOf(message) },
  variables: { check: texts, nullable: true },
  variablesRichContent: { check: texts },
  files: { check: listOf(file), nullable: true },
  promptId: { check: uuid },
  expectedOutput: { check: text, nullable: true },
  promptApplicationId: { check: uuid, nullable: true },
  metadata: { check: metadata },
  answers: { check: (value) => isJsonObject(value), nullable: true },
};

const requiredToCreate = ["promptId", "messages", "variablesRichContent"];

/** The members to store; or what is wrong, by member. */
export type Input =
  | { readonly valid: true; readonly members: JsonObject }
  | { readonly valid: false; readonly details: readonly string[] };

export function readCreate(body: JsonValue | undefined, switches: Switches): Input {
  if (!isJsonObject(body)) return { valid: false, details: ["body must be an object"] };
  const missing = requiredToCreate.filter((member) => !Object.hasOwn(body, member));
  if (missing.length > 0) return { valid: false, details: missing.map((member) => `${member} is required`) };
  return read(body, switches, switches.nullInCreate === "accepted");
}

export function readPatch(body: JsonValue | undefined, switches: Switches): Input {
  if (!isJsonObject(body)) return { valid: false, details: ["body must be an object"] };
  const input = read(body, switches, true);
  if (!input.valid || switches.nullInPatch === "clears") return input;
  const given = Object.entries(input.members).filter(([, value]) => value !== null);
  return { valid: true, members: Object.fromEntries(given) };
}

function read(body: JsonObject, switches: Switches, takesNull: boolean): Input {
  const details = Object.entries(body).flatMap(([member, value]) => {
    const known = Object.hasOwn(checks, member) ? checks[member] : undefined;
    if (known === undefined) {
      return switches.unknownMembers === "rejected" ? [`${member} is not allowed`] : [];
    }
    if (member === "answers" && switches.answersInWrites === "rejected") return ["answers is not allowed"];
    const isValid = value === null ? takesNull && known.nullable === true : known.check(value, switches);
    return isValid ? [] : [`${member} is invalid`];
  });
  if (details.length > 0) return { valid: false, details };
  const stored = Object.entries(body).filter(([member]) => isStored(member, switches));
  return { valid: true, members: Object.fromEntries(stored) };
}

function isStored(member: string, { answersInWrites, unknownMembers }: Switches): boolean {
  if (member === "answers") return answersInWrites === "stored";
  return Object.hasOwn(checks, member) || (unknownMembers === "kept" && !serverMembers.has(member));
}
