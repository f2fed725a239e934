/** One simulated workspace of Synthflow: agents and suites besides the cases. */
import { SimulatedWorkspace, type WorkspaceParts } from "../simulated-workspace.ts";
import { caseDocuments } from "./case-document.ts";
import type { Agent, SavedWorkspace, Suite } from "./workspace-seed.ts";

export class Workspace extends SimulatedWorkspace<SavedWorkspace> {
  /** By their `model_id`. */
  readonly agents: Map<string, Agent>;
  readonly suites: Map<string, Suite>;

  constructor(seed: SavedWorkspace, parts: WorkspaceParts) {
    super(seed, caseDocuments, parts);
    this.agents = new Map(seed.agents.map((agent) => [agent.model_id, agent]));
    this.suites = new Map(seed.suites.map((suite) => [suite.id, suite]));
  }

  toSeed(): SavedWorkspace {
    return {
      id: this.id,
      agents: [...this.agents.values()],
      suites: [...this.suites.values()],
      definitions: this.rows().map(({ document }) => document),
      issuedIds: this.issuedIds,
    };
  }
}
