/** One account at each provider, as a local stack simulates it, in the words that tests need of it. */
import type { JsonObject } from "../../shared/platform/json.ts";
import { refundCase } from "./retell-world.ts";

export type Account = {
  /** The connection's id, which is its provider's name too. */
  readonly connection: "retell" | "tela" | "synthflow";
  readonly idMember: string;
  readonly nameMember: string;
  readonly updateMethod: string;
  /** What a create request holds. */
  created(name: string): JsonObject;
  /** The same as the provider holds it, without what it sets itself. */
  stored(name: string): JsonObject;
};

const fromRefund = (name: string) => ({ ...refundCase, name });

/** Needs the engine of `addEngine`. */
export const retell: Account = {
  connection: "retell",
  idMember: "test_case_definition_id",
  nameMember: "name",
  updateMethod: "PUT",
  created: fromRefund,
  stored: fromRefund,
};

/** At a prompt of the simulated workspace. */
const mail = (title: string) => ({
  title,
  promptId: "3f0c2a9e-5d1b-4c77-9e02-6a8b1d4f7c31",
  messages: [{ role: "user", content: "I want my money back." }],
  variables: { order: "17" },
  variablesRichContent: {},
  expectedOutput: "An apology",
});

export const tela: Account = {
  connection: "tela",
  idMember: "id",
  nameMember: "title",
  updateMethod: "PATCH",
  created: mail,
  stored: mail,
};

/** In a suite of the simulated workspace. */
const call = (name: string) => ({
  name,
  prompt: "You want a double room.",
  type: "custom",
  success_criteria: ["The agent tells the price"],
  call_success_type: "all",
  suite_id: "b0a4c9e2-6d1f-4e57-8a35-2f9c07d1e684",
});
const agent = "1726005822670-239735712159542050";

export const synthflow = {
  connection: "synthflow",
  idMember: "simulation_case_id",
  nameMember: "name",
  updateMethod: "PUT",
  created: (name: string) => ({ ...call(name), base_agent_id: agent }),
  stored: (name: string) => ({ ...call(name), base_agent: { model_id: agent } }),
  /** The agent of every case. */
  agent,
} as const satisfies Account & { readonly agent: string };

export const accounts: readonly Account[] = [retell, tela, synthflow];
