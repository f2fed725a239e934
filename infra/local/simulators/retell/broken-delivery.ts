/** What a fault makes of an answer on its way to the client. */
import type { JsonValue } from "../../../../shared/platform/json.ts";
import type { Answer, Delivery } from "../delivery.ts";
import type { BrokenAnswer, Fault, ListFault } from "../fault.ts";
import { documentView } from "./document-view.ts";
import { errorAnswer, jsonAnswer, type ListPage, type Plan } from "./plan.ts";
import type { Switches } from "./switches.ts";

/** @param plan absent where the request did not (yet) take effect; the fault's schema then demands an answer */
export function brokenDelivery(
  fault: Fault,
  plan: Plan | undefined,
  { query, switches }: { query: URLSearchParams; switches: Switches },
): Delivery {
  if (fault.answer === "reset" || fault.answer === "never") return { kind: fault.answer };
  if (typeof fault.answer === "object") return { kind: "answer", answer: brokenAnswer(fault.answer) };
  if (plan === undefined)
    throw new Error("a fault that does not apply the request has to say what is answered");
  const answer =
    fault.list === undefined || plan.list === undefined
      ? plan.answer
      : jsonAnswer(200, brokenPage(fault.list, plan.list, query, switches));
  if (fault.answer === undefined) return { kind: "answer", answer };
  if (fault.answer !== "truncated-json") return { kind: fault.answer, answer };
  const cut = answer.body.slice(0, Math.floor(answer.body.length / 2));
  return { kind: "answer", answer: { ...answer, body: cut } };
}

function brokenAnswer({ status, headers, html, message, body }: BrokenAnswer): Answer {
  const answer = html === true ? htmlAnswer(status) : errorAnswer(status, message);
  return { ...answer, body: body ?? answer.body, headers: { ...answer.headers, ...lowerCased(headers) } };
}

function htmlAnswer(status: number): Answer {
  const title = status < 400 ? "Welcome" : `${status} Bad Gateway`;
  const body = `<html>\n<head><title>${title}</title></head>\n<body><center><h1>${title}</h1></center></body>\n</html>\n`;
  return { status, headers: { "content-type": "text/html" }, body };
}

function lowerCased(headers: Readonly<Record<string, string>> = {}): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}

function brokenPage(
  fault: ListFault,
  { page, rows, startKey }: { page: ListPage; rows: NonNullable<Plan["list"]>["rows"]; startKey: string },
  query: URLSearchParams,
  switches: Switches,
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
