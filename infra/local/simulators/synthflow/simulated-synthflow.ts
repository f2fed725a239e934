/** Synthflow as the common simulator plays it. */
import type { JsonObject } from "../../../../shared/platform/json.ts";
import { sequentialUuid } from "../sequential-uuid.ts";
import type { SimulatedProvider } from "../simulated-provider.ts";
import { brokenPage } from "./broken-page.ts";
import { caseDocuments, timestampText } from "./case-document.ts";
import { newCase } from "./case-routes.ts";
import { outsideChange } from "./outside-change.ts";
import { outsideEditSchema } from "./outside-edit.ts";
import { errorAnswer, type SynthflowTypes } from "./plan.ts";
import { routes } from "./routes.ts";
import { type Switches, switchesSchema } from "./switches.ts";
import { Workspace } from "./workspace.ts";
import { apiKeySchema, workspaceSeedSchema } from "./workspace-seed.ts";

export const simulatedSynthflow: SimulatedProvider<SynthflowTypes> = {
  basePath: "/v2",
  switches: switchesSchema,
  seed: workspaceSeedSchema,
  key: apiKeySchema,
  edit: outsideEditSchema,
  documents: caseDocuments,
  emptyWorkspace: { id: "workspace_1" },
  newId: sequentialUuid,
  createWorkspace: (seed, parts) => new Workspace(seed, parts),
  routes,
  errorAnswer,
  brokenPage,
  newDocument: ({ workspace_id: workspaceId = "workspace_1", ...members }, id, stamp, switches) =>
    newCase(members, { id, workspaceId: String(workspaceId), createdAt: timestampText(stamp, switches) }),
  stamped,
  deleted: () => undefined,
  nameMember: "name",
  change: outsideChange,
};

function stamped(document: JsonObject, stamp: number, switches: Switches): JsonObject {
  return { ...document, updated_at: timestampText(stamp, switches) };
}
