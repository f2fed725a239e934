/** The routes of the simulated Retell. Everything else, also a wrong method on one of these paths, is a 404. */
import { planGetAgent, planGetEngine, planKeyInfo, planListAgents } from "./account-routes.ts";
import type { Permissions } from "./api-keys.ts";
import { planListDefinitions, planListDefinitionsV1, planListEngines } from "./list-routes.ts";
import type { CallContext, Plan } from "./plan.ts";
import { planCreate, planDelete, planGet, planUpdate } from "./test-case-routes.ts";

export type Route = {
  readonly method: string;
  /** `{id}` stands for one percent-encoded path segment. */
  readonly template: string;
  /** What a restricted key must allow; absent where every key will do. */
  readonly needs?: Partial<Permissions>;
  readonly plan: (context: CallContext) => Plan;
};

const readTests = { testing: "read" } as const;
const editTests = { testing: "edit" } as const;
const readAgents = { agent: "read" } as const;

export const routes: readonly Route[] = [
  { method: "GET", template: "/v2/list-test-case-definitions", needs: readTests, plan: planListDefinitions },
  { method: "GET", template: "/list-test-case-definitions", needs: readTests, plan: planListDefinitionsV1 },
  { method: "GET", template: "/get-test-case-definition/{id}", needs: readTests, plan: planGet },
  { method: "POST", template: "/create-test-case-definition", needs: editTests, plan: planCreate },
  { method: "PUT", template: "/update-test-case-definition/{id}", needs: editTests, plan: planUpdate },
  { method: "DELETE", template: "/delete-test-case-definition/{id}", needs: editTests, plan: planDelete },
  { method: "GET", template: "/v2/list-retell-llms", needs: readAgents, plan: planListEngines("retell-llm") },
  {
    method: "GET",
    template: "/v2/list-conversation-flows",
    needs: readAgents,
    plan: planListEngines("conversation-flow"),
  },
  {
    method: "GET",
    template: "/get-retell-llm/{id}",
    needs: readAgents,
    plan: planGetEngine("retell-llm", 422),
  },
  {
    method: "GET",
    template: "/get-conversation-flow/{id}",
    needs: readAgents,
    plan: planGetEngine("conversation-flow", 404),
  },
  { method: "POST", template: "/v2/list-agents", needs: readAgents, plan: planListAgents },
  { method: "GET", template: "/get-agent/{id}", needs: readAgents, plan: planGetAgent },
  { method: "GET", template: "/get-api-key-info", plan: planKeyInfo },
];

/** The route of a request and the decoded id of its path. */
export function findRoute(method: string, path: string): { route: Route; id: string } | undefined {
  for (const route of routes) {
    const prefix = route.template.replace("{id}", "");
    const rest = path.slice(prefix.length);
    const matches =
      prefix === route.template ? path === prefix : path.startsWith(prefix) && /^[^/]+$/.test(rest);
    if (route.method === method && matches) {
      const id = decoded(rest);
      return id === undefined ? undefined : { route, id };
    }
  }
  return undefined;
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch (error) {
    if (error instanceof URIError) return undefined;
    throw error;
  }
}
