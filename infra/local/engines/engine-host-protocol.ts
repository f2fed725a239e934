import type { EngineUnavailableCode } from "./engine-unavailable-error.ts";

/** What the engine host is told, as JSON in its first argument. Ports: 0 lets the host choose a free one. */
export interface EngineHostTask {
  readonly dataDir: string;
  /** Path of the DynamoDB binary; absent where DynamoDB runs elsewhere. */
  readonly dynamodbBinary?: string;
  readonly dynamodbPort: number;
  readonly sqsPort: number;
}

/** All engines of the task listen. */
export interface EngineHostReady {
  readonly sqsPort: number;
  readonly dynamodb?: { readonly port: number; readonly processId: number };
}

/** What the host tells its parent: that it is ready, and later or instead why it ends. */
export type EngineHostReport =
  | ({ readonly kind: "ready" } & EngineHostReady)
  | { readonly kind: "failed"; readonly code: EngineUnavailableCode; readonly message: string };

/** Sent to the host: close the engines in order and exit. A broken channel means the same, at once. */
export const stopEngines = "stop-engines";
