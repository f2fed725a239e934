/** The routes of the simulated Synthflow. None of those is here that starts a simulation, which costs money there. */
import { planCreate, planDelete, planGet, planUpdate } from "./case-routes.ts";
import {
  planGetSuite,
  planListAgents,
  planListByAgent,
  planListCases,
  planListSuites,
} from "./list-routes.ts";
import type { Route } from "./plan.ts";

/** The first that fits: `by_agent` stands in the place of an id. */
export const routes: readonly Route[] = [
  { method: "GET", template: "/v2/simulation_cases", plan: planListCases },
  { method: "POST", template: "/v2/simulation_cases", plan: planCreate },
  { method: "GET", template: "/v2/simulation_cases/by_agent", plan: planListByAgent },
  { method: "GET", template: "/v2/simulation_cases/{id}", plan: planGet },
  { method: "PUT", template: "/v2/simulation_cases/{id}", plan: planUpdate },
  { method: "DELETE", template: "/v2/simulation_cases/{id}", plan: planDelete },
  { method: "GET", template: "/v2/simulation_suites", plan: planListSuites },
  { method: "GET", template: "/v2/simulation_suites/{id}", plan: planGetSuite },
  { method: "GET", template: "/v2/assistants", plan: planListAgents },
];
