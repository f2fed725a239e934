/**
 * Pages of Synthflow's lists, which are asked for by number and told by totals. Nothing is documented about their
 * order, so a page has to prove that it goes on where the one before it ended.
 */
import {
  isJsonArray,
  isJsonObject,
  isRawNumber,
  type JsonObject,
  type JsonValue,
} from "../../platform/json.ts";

/** Where a list is, as a cursor holds it. */
export type Position = {
  /** From 1 on. */
  readonly page: number;
  /** Items on the pages before. */
  readonly collected: number;
  /** The id that the page before began with. */
  readonly formerFirstId?: string;
};

export const firstPage: Position = { page: 1, collected: 0 };

/** `1 2 100 <id>`: the number of the list, then the position in it. */
export function cursorOf(list: number, { page, collected, formerFirstId }: Position): string {
  return [list, page, collected, ...(formerFirstId === undefined ? [] : [formerFirstId])].join(" ");
}

/** @throws where the text is no cursor of these lists */
export function positionOf(cursor: string): { readonly list: number; readonly position: Position } {
  const [, list, page, collected, formerFirstId] = /^(\d+) (\d+) (\d+)(?: (.+))?$/s.exec(cursor) ?? [];
  if (list === undefined) throw new Error("not a cursor of this list");
  const position = { page: Number(page), collected: Number(collected) };
  return {
    list: Number(list),
    position: formerFirstId === undefined ? position : { ...position, formerFirstId },
  };
}

/** The items and their total: `{ pagination: { total_records }, items }` for cases, `{ total, items }` for suites. */
export function itemsOf(
  response: JsonValue | undefined,
): { readonly items: readonly JsonValue[]; readonly total: number | undefined } | undefined {
  if (!isJsonObject(response)) return undefined;
  const { items, pagination, total } = response;
  if (!isJsonArray(items)) return undefined;
  return { items, total: countOf(isJsonObject(pagination) ? pagination["total_records"] : total) };
}

/**
 * Where the list goes on; absent on its last page. A short page is no end, because the server may serve smaller pages
 * than were asked for; what ends a list is its total, or an empty page where there is none.
 * @returns `undefined` for a page that contradicts its total, or repeats the page before
 */
export function nextPosition(
  ids: readonly string[],
  total: number | undefined,
  { page, collected, formerFirstId }: Position,
): { readonly next?: Position } | undefined {
  const [firstId] = ids;
  const soFar = collected + ids.length;
  if (firstId === undefined) return total === undefined || soFar >= total ? {} : undefined;
  if (firstId === formerFirstId || (total !== undefined && soFar > total)) return undefined;
  if (soFar === total) return {};
  return { next: { page: page + 1, collected: soFar, formerFirstId: firstId } };
}

function countOf(value: JsonObject[string] | undefined): number | undefined {
  const count = isRawNumber(value) ? Number(value.rawJSON) : value;
  return typeof count === "number" && Number.isInteger(count) && count >= 0 ? count : undefined;
}
