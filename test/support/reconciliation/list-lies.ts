/** Lies about the list of a scope: what a provider, or something between it and us, may answer instead of the truth. */
import type { Delivery } from "../../../infra/local/simulators/delivery.ts";
import { isJsonArray, isJsonObject, type JsonObject, parseJson } from "../../../shared/platform/json.ts";
import type { ProviderCall } from "../../../shared/providers/provider-call.ts";

export type ListLie =
  | { readonly kind: "empty" | "no-items" | "html" | "cut" | "not-json" | "array" | "endless" | "no-cursor" }
  | { readonly kind: "status"; readonly status: number }
  | { readonly kind: "reset" | "no-answer" }
  /** Rows are left out, or shown twice; by their place in the page. */
  | { readonly kind: "omit" | "twice"; readonly nth: number }
  /** A row without its id. */
  | { readonly kind: "no-id" }
  /** All rows lack a member. */
  | { readonly kind: "without"; readonly member: string }
  /** Rows of the beginning of the scenario, where something was saved since. */
  | { readonly kind: "stale" }
  /** Rows of definitions that are not there. */
  | { readonly kind: "foreign" };

/** `earlier`: the rows of the first page that the scenario's first list showed, for stale ones. */
export function told(
  lie: ListLie,
  delivery: Delivery,
  call: Pick<ProviderCall, "path">,
  earlier: ReadonlyMap<string, JsonObject>,
): Delivery {
  if (lie.kind === "reset") return { kind: "reset" };
  if (lie.kind === "no-answer") return { kind: "never" };
  if (delivery.kind !== "answer") return delivery;
  const { answer } = delivery;
  const with_ = (status: number, body: string): Delivery => ({
    kind: "answer",
    answer: { ...answer, status, body },
  });
  if (lie.kind === "status") return with_(lie.status, '{"status":"error","message":"no"}');
  if (lie.kind === "html") return with_(200, "<html><body>Welcome</body></html>");
  if (lie.kind === "not-json") return with_(200, "");
  if (lie.kind === "cut") return with_(200, answer.body.slice(0, Math.floor(answer.body.length * 0.7)));
  const page = parseJson(answer.body);
  if (answer.status !== 200 || !isJsonObject(page) || !isJsonArray(page["items"])) return delivery;
  const items = page["items"].filter((item) => isJsonObject(item));
  const shown = (changed: readonly JsonObject[], more: JsonObject = {}): Delivery =>
    with_(200, JSON.stringify({ ...page, items: changed, ...more }));
  switch (lie.kind) {
    case "empty":
      return with_(200, '{"items":[],"has_more":false}');
    case "no-items":
      return with_(200, '{"has_more":false}');
    case "array":
      return with_(200, JSON.stringify(items));
    case "endless": {
      const key = new URLSearchParams(call.path.split("?")[1]).get("pagination_key") ?? "again";
      return shown(items, { has_more: true, pagination_key: key });
    }
    case "no-cursor":
      return with_(200, JSON.stringify({ items, has_more: true }));
    case "omit":
      return shown(items.filter((_item, index) => index !== lie.nth % Math.max(1, items.length)));
    case "twice":
      return shown([...items, ...items.slice(lie.nth % Math.max(1, items.length)).slice(0, 1)]);
    case "no-id":
      return shown([...items, { name: "nobody" }]);
    case "without":
      return shown(
        items.map((item) => Object.fromEntries(Object.entries(item).filter(([name]) => name !== lie.member))),
      );
    case "stale":
      return shown(items.map((item) => staleRow(item, earlier)));
    case "foreign":
      return shown([
        ...items,
        ...items.map((item, index) => ({ ...item, test_case_definition_id: `foreign_${index}` })),
      ]);
  }
}

/** One that differs in nothing but what left no timestamp would be no lie about time. */
function staleRow(item: JsonObject, earlier: ReadonlyMap<string, JsonObject>): JsonObject {
  const before = earlier.get(String(item["test_case_definition_id"]));
  const member = "user_modified_timestamp";
  return before === undefined || before[member] === item[member] ? item : before;
}

export function isListOfDefinitions({ path }: Pick<ProviderCall, "path">): boolean {
  return path.startsWith("/v2/list-test-case-definitions");
}
