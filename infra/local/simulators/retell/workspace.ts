/** One simulated workspace of Retell: engines and agents besides the definitions. */
import type { JsonObject } from "../../../../shared/platform/json.ts";
import { SimulatedWorkspace, type WorkspaceParts } from "../simulated-workspace.ts";
import { engineKey, testCaseDocuments } from "./test-case-document.ts";
import type { Engine, SavedWorkspace } from "./workspace-seed.ts";

export class Workspace extends SimulatedWorkspace<SavedWorkspace> {
  readonly orgName: string;
  readonly agents: readonly JsonObject[];
  readonly engines = new Map<string, Engine>();
  /** Keys of engines that once were there. */
  readonly deletedEngines: Set<string>;

  constructor(seed: SavedWorkspace, parts: WorkspaceParts) {
    super(seed, testCaseDocuments, parts);
    this.orgName = seed.orgName;
    this.agents = seed.agents;
    this.deletedEngines = new Set(seed.deletedEngines);
    for (const engine of seed.engines) this.engines.set(engineKey(engine.type, engine.id), engine);
  }

  addEngine(engine: Engine): void {
    const key = engineKey(engine.type, engine.id);
    this.engines.set(key, engine);
    this.deletedEngines.delete(key);
  }

  deleteEngine(key: string): void {
    if (this.engines.delete(key)) this.deletedEngines.add(key);
  }

  toSeed(): SavedWorkspace {
    return {
      id: this.id,
      orgName: this.orgName,
      engines: [...this.engines.values()],
      agents: [...this.agents],
      definitions: this.rows().map(({ document }) => document),
      deletedEngines: [...this.deletedEngines],
      issuedIds: this.issuedIds,
    };
  }
}
