/** `stack.json`: where everything of a running stack is, for users, tests and tools. */
import { renameSync, writeFileSync } from "node:fs";

export type StackDescription = {
  readonly apiUrl: string;
  readonly tokens: { readonly reader: string; readonly editor: string; readonly operator: string };
  readonly region: string;
  readonly sqs: {
    readonly endpoint: string;
    /** URLs by connection. */
    readonly queues: {
      readonly changeRequests: Readonly<Record<string, string>>;
      readonly changeRequestsDeadLetter: Readonly<Record<string, string>>;
    };
  };
  readonly dynamodb: {
    readonly endpoint: string;
    readonly tables: { readonly state: string; readonly history: string };
  };
  readonly s3: { readonly endpoint: string; readonly buckets: { readonly anchors: string } };
  readonly secretsManager: { readonly endpoint: string };
  readonly connections: Readonly<Record<string, { readonly provider: string; readonly baseUrl: string }>>;
  readonly functions: Readonly<Record<string, { readonly pids: readonly number[] }>>;
  /** The folder of the functions' logs. */
  readonly logs: string;
};

/** Replaces the file in one step, so that a reader never sees half of it. It holds tokens: for its owner only. */
export function writeStackDescription(file: string, description: StackDescription): void {
  const next = `${file}.next`;
  writeFileSync(next, `${JSON.stringify(description, undefined, 2)}\n`, { mode: 0o600 });
  renameSync(next, file);
}
