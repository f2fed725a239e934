/**
 * What Retell's answers must look like to be believed. Only what we rely on is checked, and every member, known or
 * not, is kept. `undefined` stands for an answer that Retell does not document: never for an empty one.
 */
import { isJsonArray, isJsonObject, isRawNumber, type JsonValue } from "../../platform/json.ts";
import { type DefinitionForm, definitionIn, definitionsIn } from "../definition-answer.ts";
import { idInPart } from "../id-in-part.ts";
import type { ListPage, ObservedDefinition, ProviderTimestamp } from "../provider.ts";
import { textMember } from "../text-member.ts";
import type { RetellEngine } from "./retell-engine.ts";

/** The last instant of a JavaScript `Date`; nothing later can be written as a time. */
const LAST_INSTANT = 8.64e15;

const form: DefinitionForm = {
  id: "test_case_definition_id",
  modified: "user_modified_timestamp",
  created: "creation_timestamp",
  modifiedAt: readTimestamp,
  createdAt: readTimestamp,
  // Retell forgets what was deleted.
};

/** A test case from its JSON and the text that it was parsed from. */
export function readDefinition(value: JsonValue, text: string): ObservedDefinition | undefined {
  return definitionIn(value, text, form);
}

/** A page of test cases. */
export function readDefinitionPage(value: JsonValue, cursor: string | undefined): ListPage | undefined {
  const page = readPage(value, cursor);
  const definitions = page && definitionsIn(page.items, form);
  return (
    definitions && { definitions, ...(page.nextCursor !== undefined && { nextCursor: page.nextCursor }) }
  );
}

/** A page of engines: the ids only, because the rows hold prompts and the secrets of tools. */
export function readEnginePage(
  value: JsonValue,
  engine: RetellEngine,
  cursor: string | undefined,
): { readonly engineIds: readonly string[]; readonly nextCursor: string | undefined } | undefined {
  const page = readPage(value, cursor);
  const engineIds = page?.items.map((item) => textMember(item, engine.idMember));
  if (page === undefined || !engineIds?.every((id) => id !== undefined)) return undefined;
  return { engineIds, nextCursor: page.nextCursor };
}

/** The workspace that a key belongs to. */
export function readKeyInfo(value: JsonValue): { readonly workspace: string | undefined } | undefined {
  return isJsonObject(value) ? { workspace: textMember(value, "org_name") } : undefined;
}

/** The id that a test case's text names, whole or cut short. */
export function definitionIdIn(text: string): string | undefined {
  return idInPart(text, [form.id]);
}

/**
 * The items of a page, after `cursor`, and the cursor of the next one. An array counts as one complete page: the route
 * answered so before it was paginated. A cursor that leads back to the same page would never end.
 */
function readPage(
  value: JsonValue,
  cursor: string | undefined,
): { readonly items: readonly JsonValue[]; readonly nextCursor: string | undefined } | undefined {
  if (isJsonArray(value)) return { items: value, nextCursor: undefined };
  if (!isJsonObject(value)) return undefined;
  const { items, has_more: hasMore } = value;
  if (!isJsonArray(items) || typeof hasMore !== "boolean") return undefined;
  if (!hasMore) return { items, nextCursor: undefined };
  const nextCursor = textMember(value, "pagination_key");
  return nextCursor === undefined || nextCursor === cursor ? undefined : { items, nextCursor };
}

/** Integer milliseconds; anything else is no time that we could rely on. */
function readTimestamp(value: JsonValue | undefined): ProviderTimestamp | undefined {
  const at = isRawNumber(value) ? Number(value.rawJSON) : value;
  if (typeof at !== "number" || !Number.isInteger(at) || at < 0 || at > LAST_INSTANT) return undefined;
  return { raw: at, at };
}
