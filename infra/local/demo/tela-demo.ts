/** The demo at Tela: a test case with nulls, which an answer shows and no update may send. */
import type { Demo } from "./demo-step.ts";

/** Made from a task in the dashboard: no messages, and members that no document names. */
const allergy = "9d2b60f7-14c8-4e5a-a3d9-58c7e01fb462";

export const telaDemo: Demo = {
  workspace: "Tela workspace holds the mails and summaries of a pizza place",
  shown: { definitionId: allergy, name: "Call summary with an allergy" },
  patchToTry: { title: "My summary" },
  steps: [
    {
      by: "queue",
      request: {
        requestId: "demo-1-two-sentences",
        operation: "update",
        definitionId: allergy,
        patch: { expectedOutput: "Two sentences; the nut allergy comes first." },
        actor: "carla@brightline.example",
        reason: "The kitchen reads the first two sentences only.",
      },
    },
    {
      by: "queue",
      request: {
        requestId: "demo-2-no-title",
        operation: "update",
        definitionId: allergy,
        patch: { title: null },
        actor: "ben@brightline.example",
        reason: "Refused before anything is sent: Tela takes no null here.",
      },
    },
  ],
};
