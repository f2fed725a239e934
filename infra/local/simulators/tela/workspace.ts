/** One simulated workspace of Tela: projects and prompts besides the test cases. */
import { SimulatedWorkspace, type WorkspaceParts } from "../simulated-workspace.ts";
import { testCaseDocuments } from "./test-case-document.ts";
import type { ApiKey, Project, Prompt, SavedWorkspace } from "./workspace-seed.ts";

export class Workspace extends SimulatedWorkspace<SavedWorkspace> {
  readonly projects = new Map<string, Project>();
  readonly prompts = new Map<string, Prompt>();

  constructor(seed: SavedWorkspace, parts: WorkspaceParts) {
    super(seed, testCaseDocuments, parts);
    for (const project of seed.projects) this.projects.set(project.id, project);
    for (const prompt of seed.prompts) this.prompts.set(prompt.id, prompt);
  }

  /** Is there such a prompt, and not deleted? */
  hasPrompt(promptId: string): boolean {
    const prompt = this.prompts.get(promptId);
    return prompt !== undefined && !prompt.deleted && this.projects.get(prompt.projectId)?.deleted !== true;
  }

  /** May the key see what belongs to this prompt? One that is unknown belongs to nobody. */
  isVisible(promptId: string, { projects }: ApiKey): boolean {
    const prompt = this.prompts.get(promptId);
    return prompt === undefined || projects === "all" || projects.includes(prompt.projectId);
  }

  toSeed(): SavedWorkspace {
    return {
      id: this.id,
      projects: [...this.projects.values()],
      prompts: [...this.prompts.values()],
      definitions: this.rows().map(({ document }) => document),
      issuedIds: this.issuedIds,
    };
  }
}
