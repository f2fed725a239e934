/** Pages of Retell's v2 lists: `{ items, has_more, pagination_key? }`, 50 rows by default, 1000 at most. */
import { JsonTextError, type JsonValue, parseJson } from "../../../../shared/platform/json.ts";
import type { ListPage } from "./plan.ts";
import type { Switches } from "./switches.ts";

const DEFAULT_LIMIT = 50;
const MAX_LIMIT = 1_000;

export type Listed = { readonly id: string; readonly createdAt: number; readonly item: JsonValue };

/** A page, or the status to answer instead. */
export type PageResult =
  | { readonly ok: true; readonly page: ListPage; readonly startKey: string }
  | { readonly ok: false; readonly status: number };

/**
 * @param listed every row in the order of the list
 * @param descending the order, for keyset cursors
 * @param listName keeps a cursor of one list from being used in another
 */
export function pageOf(
  listed: readonly Listed[],
  query: URLSearchParams,
  { listName, descending }: { listName: string; descending: boolean },
  switches: Switches,
): PageResult {
  const limit = readLimit(query.get("limit"), switches);
  if (limit === undefined) return { ok: false, status: 400 };
  const start = readStart(query.get("pagination_key"), listed, { listName, descending });
  if (start === undefined && switches.invalidPaginationKey !== "first-page") {
    return { ok: false, status: switches.invalidPaginationKey };
  }
  const from = start ?? 0;
  const items = listed.slice(from, from + limit);
  const last = items.at(-1);
  const more = from + limit < listed.length;
  const key =
    more && last !== undefined
      ? encodeKey(listName, switches.cursors === "offset" ? [from + limit] : [last.createdAt, last.id])
      : undefined;
  const page = {
    items: items.map(({ item }) => item),
    has_more: more,
    ...(key === undefined ? {} : { pagination_key: key }),
  };
  return { ok: true, page, startKey: encodeKey(listName, [0]) };
}

function readLimit(text: string | null, { limitOutOfRange }: Switches): number | undefined {
  if (text === null) return DEFAULT_LIMIT;
  if (!/^-?[0-9]{1,9}$/.test(text)) return undefined;
  const limit = Number(text);
  if (limit >= 1 && limit <= MAX_LIMIT) return limit;
  return limitOutOfRange === "clamp" ? Math.min(MAX_LIMIT, Math.max(1, limit)) : undefined;
}

/** The index to go on from; `undefined` for a key that this list never gave out (an empty one too). */
function readStart(
  key: string | null,
  listed: readonly Listed[],
  { listName, descending }: { listName: string; descending: boolean },
): number | undefined {
  if (key === null) return 0;
  const position = decodeKey(listName, key);
  if (position === undefined) return undefined;
  const [createdAtOrOffset, id] = position;
  if (id === undefined) return createdAtOrOffset;
  const index = listed.findIndex((row) => {
    const order = row.createdAt - createdAtOrOffset || (row.id < id ? -1 : row.id > id ? 1 : 0);
    return descending ? order < 0 : order > 0;
  });
  return index === -1 ? listed.length : index;
}

type Position = readonly [offset: number] | readonly [createdAt: number, id: string];

function encodeKey(listName: string, position: Position): string {
  return Buffer.from(JSON.stringify([listName, ...position])).toString("base64url");
}

function decodeKey(listName: string, key: string): Position | undefined {
  let value: JsonValue;
  try {
    value = parseJson(Buffer.from(key, "base64url").toString("utf8"));
  } catch (error) {
    if (error instanceof JsonTextError) return undefined;
    throw error;
  }
  if (!Array.isArray(value) || value[0] !== listName || typeof value[1] !== "number") return undefined;
  const [, first, id] = value;
  return typeof id === "string" ? [first, id] : [first];
}
