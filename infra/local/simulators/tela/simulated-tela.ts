/** Tela as the common simulator plays it. */
import { sequentialUuid } from "../sequential-uuid.ts";
import type { SimulatedProvider } from "../simulated-provider.ts";
import { brokenList } from "./broken-list.ts";
import { outsideChange } from "./outside-change.ts";
import { outsideEditSchema } from "./outside-edit.ts";
import { errorAnswer, type TelaTypes } from "./plan.ts";
import { routes } from "./routes.ts";
import { switchesSchema } from "./switches.ts";
import { markedAsDeleted, newDocument, stamped, testCaseDocuments } from "./test-case-document.ts";
import { Workspace } from "./workspace.ts";
import { apiKeySchema, workspaceSeedSchema } from "./workspace-seed.ts";

export const simulatedTela: SimulatedProvider<TelaTypes> = {
  basePath: "",
  switches: switchesSchema,
  seed: workspaceSeedSchema,
  key: apiKeySchema,
  edit: outsideEditSchema,
  documents: testCaseDocuments,
  emptyWorkspace: { id: "workspace_1" },
  newId: (workspaceId, ordinal) => sequentialUuid(`tela ${workspaceId}`, ordinal),
  createWorkspace: (seed, parts) => new Workspace(seed, parts),
  routes,
  errorAnswer: (status, message, { errorShape }) => errorAnswer(status, message, errorShape),
  brokenPage: brokenList,
  newDocument,
  stamped,
  deleted: markedAsDeleted,
  nameMember: "title",
  change: outsideChange,
};
