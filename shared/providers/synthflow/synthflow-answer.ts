/**
 * What Synthflow's answers must look like to be believed: `{ status, response }` around something else for each call.
 * Only what we rely on is checked, and every member of a case, known or not, is kept. `status` says nothing that the
 * HTTP status does not. `undefined` stands for an answer that Synthflow does not document: never for an empty one.
 */
import { memberOf } from "../../definition/touched-members.ts";
import { isJsonObject, type JsonValue, stringifyJson } from "../../platform/json.ts";
import { idInPart } from "../id-in-part.ts";
import { type IsoOptions, isoTimestamp } from "../iso-timestamp.ts";
import type { ObservedDefinition } from "../provider.ts";
import { itemsOf, nextPosition, type Position } from "./synthflow-page.ts";

/** Of times that name none. */
export type TimestampZone = IsoOptions["zoneless"];

const ID = "simulation_case_id";
/** The only member below `response` that a create wraps its case in. */
const CREATED = "simulation_case";

/** Documented as UUIDs. `by_agent` and `generate`, which stand in the place of an id in other paths, are none. */
export function isCaseId(text: string): boolean {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text);
}

/** The case in an answer to a get, an update or a create. */
export function readCaseAnswer(value: JsonValue, zone: TimestampZone): ObservedDefinition | undefined {
  const response = responseOf(value);
  const wrapped = isJsonObject(response) ? response[CREATED] : undefined;
  return readCase(isJsonObject(wrapped) ? wrapped : response, zone);
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
  const definitions = page?.items.map((item) => readCase(item, zone));
  if (page === undefined || !definitions?.every((definition) => definition !== undefined)) return undefined;
  const ids = definitions.map(({ definitionId }) => definitionId);
  const ahead = nextPosition(ids, page.total, position);
  return ahead && { definitions, ...ahead };
}

export function readSuitePage(
  value: JsonValue,
  position: Position,
): { readonly suiteIds: readonly string[]; readonly next?: Position } | undefined {
  const page = itemsOf(responseOf(value));
  const suiteIds = page?.items.map((item) => ownText(item, "id"));
  if (page === undefined || !suiteIds?.every((id) => id !== undefined)) return undefined;
  const ahead = nextPosition(suiteIds, page.total, position);
  return ahead && { suiteIds, ...ahead };
}

function readCase(value: JsonValue | undefined, zone: TimestampZone): ObservedDefinition | undefined {
  const definitionId = ownText(value, ID);
  if (!isJsonObject(value) || definitionId === undefined || !isCaseId(definitionId)) return undefined;
  // The case's own: `base_agent` has an `updated_at` as well, which is the agent's. No example of either is published.
  const modified = isoTimestamp(memberOf(value, "updated_at"), { zoneless: zone });
  const created = isoTimestamp(memberOf(value, "created_at"), { zoneless: zone });
  return {
    definitionId,
    text: stringifyJson(value),
    value,
    ...(modified !== undefined && { modified }),
    ...(created !== undefined && { created }),
    // Synthflow shows no mark of what was deleted.
    deleted: false,
  };
}

function responseOf(value: JsonValue): JsonValue | undefined {
  return isJsonObject(value) ? memberOf(value, "response") : undefined;
}

function ownText(value: JsonValue | undefined, name: string): string | undefined {
  const member = isJsonObject(value) ? memberOf(value, name) : undefined;
  return typeof member === "string" && member !== "" ? member : undefined;
}
