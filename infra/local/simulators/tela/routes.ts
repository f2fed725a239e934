/** The routes of the simulated Tela. */
import { planGetKey, planListProjects, planListPrompts } from "./account-routes.ts";
import type { Route } from "./plan.ts";
import { planCreate, planDelete, planGet, planList, planUpdate } from "./test-case-routes.ts";

export const routes: readonly Route[] = [
  { method: "GET", template: "/test-case", plan: planList },
  { method: "POST", template: "/test-case", plan: planCreate },
  { method: "GET", template: "/test-case/{id}", plan: planGet },
  { method: "PATCH", template: "/test-case/{id}", plan: planUpdate },
  { method: "DELETE", template: "/test-case/{id}", plan: planDelete },
  { method: "GET", template: "/project", plan: planListProjects },
  { method: "GET", template: "/prompt", plan: planListPrompts },
  { method: "GET", template: "/api-key", plan: planGetKey },
];
