/** The routes of the simulated Retell, each with what a restricted key must allow. */
import { planGetAgent, planGetEngine, planKeyInfo, planListAgents } from "./account-routes.ts";
import { allows, type Permissions } from "./api-keys.ts";
import { planListDefinitions, planListDefinitionsV1, planListEngines } from "./list-routes.ts";
import { type Route, refuse } from "./plan.ts";
import { planCreate, planDelete, planGet, planUpdate } from "./test-case-routes.ts";

const readTests = { testing: "read" } as const;
const editTests = { testing: "edit" } as const;
const readAgents = { agent: "read" } as const;

type RestrictedRoute = Route & { readonly needs?: Partial<Permissions> };

const restricted: readonly RestrictedRoute[] = [
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

export const routes: readonly Route[] = restricted.map(({ needs, plan, ...route }) => ({
  ...route,
  plan: (context) => {
    if (!allows(context.key.permissions, needs)) return refuse(403);
    const { body: maxBytes } = context.switches.lengthLimits;
    return maxBytes !== undefined && context.bodyBytes > maxBytes ? refuse(413) : plan(context);
  },
}));
