/**
 * What Tela's answers must look like to be believed. There is no envelope: a list is a bare array, a test case a bare
 * object. Only what we rely on is checked, and every member, known or not, is kept. `undefined` stands for an answer
 * that Tela does not document: never for an empty one.
 */
import {
  isJsonArray,
  isJsonObject,
  type JsonObject,
  type JsonValue,
  stringifyJson,
} from "../../platform/json.ts";
import { type DefinitionForm, definitionIn, definitionsIn } from "../definition-answer.ts";
import { idInPart } from "../id-in-part.ts";
import { isoTimestamp } from "../iso-timestamp.ts";
import type { ListPage, ObservedDefinition, ProviderTimestamp, WrittenDefinition } from "../provider.ts";
import { textMember } from "../text-member.ts";

/** The members of the documented read model that every test case has; only lists with generations show more. */
const readModel = [
  "id",
  "title",
  "messages",
  "variables",
  "variablesRichContent",
  "files",
  "promptId",
  "expectedOutput",
  "answers",
  "promptApplicationId",
  "metadata",
  "createdAt",
  "updatedAt",
];

const form: DefinitionForm = {
  id: "id",
  modified: "updatedAt",
  created: "createdAt",
  modifiedAt: timestamp,
  createdAt: timestamp,
  isDeleted,
};

function timestamp(value: JsonValue | undefined): ProviderTimestamp | undefined {
  return isoTimestamp(value, { zoneless: "refused" });
}

/** A test case from its JSON and the text that it was parsed from. */
export function readTestCase(value: JsonValue, text: string): ObservedDefinition | undefined {
  return definitionIn(value, text, form);
}

/**
 * What a write was answered with. No document says how: prose speaks of the whole test case, a create may make "one or
 * more". What lacks a member that every test case has is no picture of it, and of one that is marked as deleted by now
 * only a read tells the truth.
 */
export function readWritten(value: JsonValue, text: string): WrittenDefinition | undefined {
  const [only, ...others] = isJsonArray(value) ? value : [value];
  if (only === undefined || others.length > 0) return undefined;
  const written = readTestCase(only, isJsonArray(value) ? stringifyJson(only) : text);
  if (written === undefined) return undefined;
  const isWhole = readModel.every((name) => Object.hasOwn(written.value, name)) && !written.deleted;
  return isWhole ? written : { definitionId: written.definitionId };
}

/** All test cases of a prompt; Tela's list has no pages. */
export function readTestCases(value: JsonValue): ListPage | undefined {
  const definitions = isJsonArray(value) ? definitionsIn(value, form) : undefined;
  return definitions && { definitions };
}

/** The ids of the projects, or of the prompts of one; those that are marked as deleted have nothing to show. */
export function readParents(value: JsonValue): readonly string[] | undefined {
  if (!isJsonArray(value)) return undefined;
  const rows = value.map((item) =>
    isJsonObject(item) ? { id: textMember(item, "id"), deleted: isDeleted(item) } : undefined,
  );
  const isNamed = rows.every((row) => row?.id?.isWellFormed() && row.deleted !== undefined);
  if (!isNamed) return undefined;
  return rows.flatMap((row) => (row?.id === undefined || row.deleted ? [] : [row.id]));
}

/** The workspace of a key, where the answer tells it: its form is documented nowhere. */
export function readKeyCheck(value: JsonValue): { readonly workspace: string | undefined } | undefined {
  const rows = isJsonArray(value) ? value : [value];
  if (!rows.every(isJsonObject)) return undefined;
  const [workspace, ...others] = new Set(rows.map((row) => textMember(row, "workspaceId")));
  return { workspace: others.length === 0 ? workspace : undefined };
}

/** The id that a test case's text names, whole or cut short. */
export function definitionIdIn(text: string): string | undefined {
  return idInPart(text, [form.id]);
}

/** Tela keeps what was deleted and marks it. `undefined`: a mark that cannot be understood, which proves nothing. */
function isDeleted(value: JsonObject): boolean | undefined {
  const mark = Object.hasOwn(value, "deletedAt") ? value["deletedAt"] : null;
  if (mark === null) return false;
  return isoTimestamp(mark, { zoneless: "utc" }) === undefined ? undefined : true;
}
