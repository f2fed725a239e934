/**
 * What Synthflow's answers must look like to be believed: `{ status, response }` around something else for each call.
 * Only what we rely on is checked, and every member of a case, known or not, is kept. `status` says nothing that the
 * HTTP status does not. `undefined` stands for an answer that Synthflow does not document: never for an empty one.
 */
import { memberOf } from "../../definition/document/touched-members.ts";
import { isJsonObject, type JsonValue, stringifyJson } from "../../platform/json.ts";
import { type DefinitionForm, definitionIn, definitionsIn } from "../definition-answer.ts";
import { idInPart } from "../id-in-part.ts";
import { type IsoOptions, isoTimestamp } from "../iso-timestamp.ts";
import type { ObservedDefinition, WrittenDefinition } from "../provider.ts";
import { textMember } from "../text-member.ts";
import { itemsOf, nextPosition, type Position } from "./synthflow-page.ts";

/**
 * Of times that name none; `undefined`: nobody has said which. Then they are compared as UTC among each other, and none
 * is believed to tell when a case was made: hours off, it would speak against the very case that a create has left.
 */
export type TimestampZone = Exclude<IsoOptions["zoneless"], "utc" | "refused"> | undefined;

const ID = "simulation_case_id";
/** The only member below `response` that a create wraps its case in. */
const CREATED = "simulation_case";

/** Documented as UUIDs. `by_agent` and `generate`, which stand in the place of an id in other paths, are none. */
export function isCaseId(text: string): boolean {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text);
}

/**
 * Synthflow takes a UUID in either case and answers it in lower case: what was named in another spelling would never be
 * found again where it was said to be.
 */
export function isInOwnSpelling(uuid: string): boolean {
  return uuid === uuid.toLowerCase();
}

/** The case in an answer to a get, an update or a create. */
export function readCaseAnswer(value: JsonValue, zone: TimestampZone): ObservedDefinition | undefined {
  const response = responseOf(value);
  const wrapped = isJsonObject(response) ? response[CREATED] : undefined;
  const found = isJsonObject(wrapped) ? wrapped : response;
  return found === undefined
    ? undefined
    : withCaseId(definitionIn(found, stringifyJson(found), formIn(zone)));
}

/** What a case is known by. `type` is not among them: its end is announced. */
const shownWhole = ["name", "prompt", "success_criteria", "call_success_type", "suite_id", "base_agent"];

/**
 * What a write was answered with. No member of an answer is documented as required, and what only repeats the request
 * is no picture of the case: without its modification time, or a member that every case has, it is read back.
 */
export function readWritten(value: JsonValue, zone: TimestampZone): WrittenDefinition | undefined {
  const written = readCaseAnswer(value, zone);
  if (written === undefined) return undefined;
  const isWhole =
    written.modified !== undefined && shownWhole.every((name) => Object.hasOwn(written.value, name));
  return isWhole ? written : { definitionId: written.definitionId };
}

export function definitionIdIn(text: string): string | undefined {
  return idInPart(text, ["response", ID]) ?? idInPart(text, ["response", CREATED, ID]);
}

/** A page of the workspace's cases, whatever their suite. */
export function readCasePage(
  value: JsonValue,
  position: Position,
  zone: TimestampZone,
): { readonly definitions: readonly ObservedDefinition[]; readonly next?: Position } | undefined {
  const page = itemsOf(responseOf(value));
  const definitions = page && definitionsIn(page.items, formIn(zone));
  if (page === undefined || !definitions?.every(withCaseId)) return undefined;
  const ids = definitions.map(({ definitionId }) => definitionId);
  const ahead = nextPosition(ids, page.total, position);
  return ahead && { definitions, ...ahead };
}

export function readSuitePage(
  value: JsonValue,
  position: Position,
): { readonly suiteIds: readonly string[]; readonly next?: Position } | undefined {
  const page = itemsOf(responseOf(value));
  const suiteIds = page?.items.map((item) => textMember(item, "id"));
  if (page === undefined || !suiteIds?.every((id) => id !== undefined)) return undefined;
  const ahead = nextPosition(suiteIds, page.total, position);
  return ahead && { suiteIds, ...ahead };
}

/** Synthflow shows no mark of what was deleted, and no example of its times is published. */
function formIn(zone: TimestampZone): DefinitionForm {
  return {
    id: ID,
    modified: "updated_at",
    created: "created_at",
    modifiedAt: (value) => isoTimestamp(value, { zoneless: zone ?? "utc" }),
    createdAt: (value) => isoTimestamp(value, { zoneless: zone ?? "refused" }),
  };
}

/** One whose id is none of Synthflow's is no case. */
function withCaseId(definition: ObservedDefinition | undefined): ObservedDefinition | undefined {
  return definition !== undefined && isCaseId(definition.definitionId) ? definition : undefined;
}

function responseOf(value: JsonValue): JsonValue | undefined {
  return isJsonObject(value) ? memberOf(value, "response") : undefined;
}
