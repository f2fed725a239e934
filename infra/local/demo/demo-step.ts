/** What the demo does at one provider: its steps in order, and the definition whose history it shows after them. */
import type { JsonObject } from "../../../shared/platform/json.ts";

export type DemoStep =
  /** Sent to the API, or straight into the queue. */
  | { readonly by: "api" | "queue"; readonly request: JsonObject & { readonly requestId: string } }
  /** Somebody edits in the provider's dashboard. */
  | { readonly by: "dashboard"; readonly what: string; readonly edit: JsonObject };

export type Demo = {
  /** The simulated workspace in half a sentence, after "The simulated". */
  readonly workspace: string;
  readonly steps: readonly DemoStep[];
  readonly shown: { readonly definitionId: string; readonly name: string };
  /** An edit of the shown definition for the reader to try. */
  readonly patchToTry: JsonObject;
};
