/** Retell as the common simulator plays it. */
import { createHash } from "node:crypto";
import type { SimulatedProvider } from "../simulated-provider.ts";
import { apiKeySchema } from "./api-keys.ts";
import { brokenPage } from "./broken-page.ts";
import { outsideChange, stamped } from "./outside-change.ts";
import { outsideEditSchema } from "./outside-edit.ts";
import { errorAnswer, type RetellTypes } from "./plan.ts";
import { routes } from "./routes.ts";
import { switchesSchema } from "./switches.ts";
import { testCaseDocuments } from "./test-case-document.ts";
import { Workspace } from "./workspace.ts";
import { workspaceSeedSchema } from "./workspace-seed.ts";

export const simulatedRetell: SimulatedProvider<RetellTypes> = {
  basePath: "",
  switches: switchesSchema,
  seed: workspaceSeedSchema,
  key: apiKeySchema,
  edit: outsideEditSchema,
  documents: testCaseDocuments,
  emptyWorkspace: { id: "workspace_1", orgName: "Workspace 1" },
  newId: sequentialId,
  createWorkspace: (seed, parts) => new Workspace(seed, parts),
  routes,
  errorAnswer,
  brokenPage,
  newDocument: (members, id, stamp) =>
    stamped(
      { ...members, test_case_definition_id: id, type: "simulation", creation_timestamp: stamp },
      stamp,
    ),
  stamped,
  deleted: () => undefined,
  nameMember: "name",
  change: outsideChange,
};

/** Retell's shape, `test_case_` and 12 hex digits, the same in every run. */
function sequentialId(workspaceId: string, ordinal: number): string {
  const digest = createHash("sha256").update(`${workspaceId} ${ordinal}`).digest("hex");
  return `test_case_${digest.slice(0, 12)}`;
}
