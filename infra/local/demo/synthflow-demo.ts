/** The demo at Synthflow: an edit, and one that Synthflow has no way to do. */
import type { Demo } from "./demo-step.ts";

/** In the suite of bookings. */
const doubleRoom = "9ad09ad3-9c22-441e-ae35-c05016a09786";

export const synthflowDemo: Demo = {
  workspace: "Synthflow workspace holds two suites of a hotel's booking line",
  shown: { definitionId: doubleRoom, name: "Books a double room" },
  patchToTry: { name: "My double room" },
  steps: [
    {
      by: "queue",
      request: {
        requestId: "demo-1-cancellation",
        operation: "update",
        definitionId: doubleRoom,
        patch: [
          { op: "add", path: "/success_criteria/-", value: "The agent names the terms of cancellation" },
        ],
        actor: "lea@harborhouse.example",
        reason: "Two guests did not know that they could not cancel.",
        reference: "HH-88",
      },
    },
    {
      by: "queue",
      request: {
        requestId: "demo-2-other-type",
        operation: "update",
        definitionId: doubleRoom,
        patch: { type: "agent_based" },
        actor: "lea@harborhouse.example",
        reason: "Refused before anything is sent: Synthflow fixes the type when a case is made.",
      },
    },
  ],
};
