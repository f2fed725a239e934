/** What a fault makes of Tela's list, which has no pages: those of other providers come as an envelope around it. */
import type { JsonObject } from "../../../../shared/platform/json.ts";
import type { ListFault } from "../fault.ts";
import { printedDocument } from "../printed-document.ts";
import type { ListContext } from "../simulated-provider.ts";
import type { ShownList, TelaTypes } from "./plan.ts";

export function brokenList(
  fault: ListFault,
  { items, rows }: ShownList,
  { switches }: ListContext<TelaTypes>,
): unknown {
  switch (fault) {
    case "no-items":
      return {};
    case "empty":
      return [];
    case "bare-array":
      return items;
    case "item-without-id":
      return [{ title: "an item without an id" }, ...items];
    case "more-without-key":
    case "repeating-key":
      return { items, has_more: true };
  }
  const added = rows
    .filter(({ id }) => fault.add?.includes(id))
    .map(({ document }) => printedDocument(document, switches));
  const shown = items.filter((item) => !fault.omit?.includes(String((item as JsonObject)["id"])));
  return [...shown, ...added];
}
