/** What a fault makes of a page of Retell's lists. */
import type { JsonValue } from "../../../../shared/platform/json.ts";
import type { ListFault } from "../fault.ts";
import type { ListContext } from "../simulated-provider.ts";
import { documentView } from "./document-view.ts";
import type { RetellTypes, ShownPage } from "./plan.ts";

export function brokenPage(
  fault: ListFault,
  { page, rows, startKey }: ShownPage,
  { query, switches }: ListContext<RetellTypes>,
): unknown {
  const { items, ...paging } = page;
  switch (fault) {
    case "no-items":
      return paging;
    case "empty":
      return { items: [], has_more: false };
    case "bare-array":
      return items;
    case "item-without-id":
      return { items: [{ name: "an item without an id" }, ...items], ...paging };
    case "more-without-key":
      return { items, has_more: true };
    case "repeating-key":
      // A key that is accepted when it comes back, and then given out again.
      return {
        items,
        has_more: true,
        pagination_key: query.get("pagination_key") ?? page.pagination_key ?? startKey,
      };
  }
  const added = rows
    .filter(({ id }) => fault.add?.includes(id))
    .map(({ document }) => documentView(document, switches));
  const shown = items.filter((item) => !fault.omit?.includes(idOf(item)));
  return { items: [...shown, ...added], ...paging };
}

/** Of a definition or of an engine row. */
function idOf(item: JsonValue): string {
  const { test_case_definition_id, llm_id, conversation_flow_id } = item as Record<string, JsonValue>;
  return String(test_case_definition_id ?? llm_id ?? conversation_flow_id);
}
