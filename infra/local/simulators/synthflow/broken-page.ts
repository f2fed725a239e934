/** What a fault makes of a page of Synthflow's lists, whose keys are page numbers. */
import type { JsonObject, JsonValue } from "../../../../shared/platform/json.ts";
import type { ListFault } from "../fault.ts";
import type { ShownPage } from "./plan.ts";

export function brokenPage(fault: ListFault, list: ShownPage): unknown {
  return { status: "ok", response: brokenResponse(fault, list) };
}

function brokenResponse(fault: ListFault, { items, total, around, firstPage, all }: ShownPage): unknown {
  switch (fault) {
    case "no-items": {
      const { items: _, ...paging } = around(items, total) as JsonObject;
      return paging;
    }
    case "empty":
      return around([], 0);
    case "bare-array":
      return items;
    case "item-without-id":
      return around([{ name: "an item without an id" }, ...items], total + 1);
    case "more-without-key":
      // More is promised than ever comes.
      return around(items, total + 1);
    case "repeating-key":
      // The number of the page is not looked at.
      return around(firstPage, total);
  }
  const isOmitted = (item: JsonValue) => fault.omit?.includes(idOf(item)) === true;
  const added = all.filter((item) => fault.add?.includes(idOf(item)));
  const omitted = all.filter(isOmitted).length;
  return around([...items.filter((item) => !isOmitted(item)), ...added], total - omitted + added.length);
}

/** Of a case or a suite. */
function idOf(item: JsonValue): string {
  const { simulation_case_id: caseId, id } = item as JsonObject;
  return String(caseId ?? id);
}
