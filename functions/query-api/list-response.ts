/** A page of a list: it ends at the caller's limit, or earlier where its items are large. */
import { stringifyJson } from "../../shared/platform/json.ts";
import { jsonTextResponse } from "./json-response.ts";

/** Bytes of the items together. One item alone may be larger. */
export const MAX_PAGE_BYTES = 4 * 1024 * 1024;

export type ListPage<Item> = {
  readonly items: readonly Item[];
  readonly view: (item: Item) => object;
  /** The cursor of the page that starts after this item. */
  readonly cursorAfter: (item: Item) => string;
  /** There are items after these. */
  readonly hasMore: boolean;
  /** The cursor of what comes after all of these, where that is not what comes after the last one. */
  readonly cursorAtEnd?: string;
};

export function listResponse<Item>({
  items,
  view,
  cursorAfter,
  hasMore,
  cursorAtEnd,
}: ListPage<Item>): Response {
  const texts: string[] = [];
  let bytes = 0;
  for (const item of items) {
    const text = stringifyJson(view(item));
    bytes += Buffer.byteLength(text, "utf8");
    if (bytes > MAX_PAGE_BYTES && texts.length > 0) break;
    texts.push(text);
  }
  const last = items[texts.length - 1];
  const isCut = texts.length < items.length;
  const atEnd = isCut ? undefined : cursorAtEnd;
  const cursor = (isCut || hasMore) && last !== undefined ? (atEnd ?? cursorAfter(last)) : atEnd;
  const next = cursor === undefined ? "" : `,"next":${JSON.stringify(cursor)}`;
  return jsonTextResponse(`{"items":[${texts.join(",")}]${next}}`);
}
