/** `stack.json`: where everything of a running stack is, for users, tests and tools. */
import { renameSync, writeFileSync } from "node:fs";
import type { Connection } from "../../shared/platform/config.ts";
import type { Engines } from "./engines/start-engines.ts";
import type { ApiTokens } from "./resources/api-tokens.ts";
import { jsonOutputOf, outputOf, type References, type Template } from "./template/template.ts";

export type StackDescription = {
  readonly apiUrl: string;
  readonly tokens: { readonly reader: string; readonly editor: string; readonly operator: string };
  readonly region: string;
  readonly sqs: {
    readonly endpoint: string;
    readonly queues: {
      /** URLs by connection. */
      readonly changeRequests: Readonly<Record<string, string>>;
      readonly changeRequestsDeadLetter: Readonly<Record<string, string>>;
      readonly reconciliations: Readonly<Record<string, string>>;
      readonly reconciliationsDeadLetter: Readonly<Record<string, string>>;
      /** The first connection's. */
      readonly reconcileScopes: string;
      readonly reconcileScopesDeadLetter: string;
    };
  };
  readonly dynamodb: {
    readonly endpoint: string;
    readonly tables: { readonly state: string; readonly history: string };
  };
  readonly s3: { readonly endpoint: string; readonly buckets: { readonly anchors: string } };
  readonly secretsManager: { readonly endpoint: string };
  readonly connections: Readonly<
    Record<string, { readonly provider: Connection["provider"]; readonly baseUrl: string }>
  >;
  readonly functions: Readonly<Record<string, { readonly pids: readonly number[] }>>;
  /** The folder of the functions' logs. */
  readonly logs: string;
};

/** What is known once everything runs and does not change any more. */
export type StackFacts = {
  readonly template: Template;
  readonly references: References;
  readonly engines: Pick<Engines, "dynamodb" | "sqs" | "s3">;
  readonly connections: readonly Connection[];
  readonly tokens: ApiTokens;
  readonly apiUrl: string;
  readonly secretsEndpoint: string;
  readonly logs: string;
};

export function describeStack(
  { template, references, engines, connections, tokens, apiUrl, secretsEndpoint, logs }: StackFacts,
  functions: readonly { readonly name: string; readonly processIds: readonly number[] }[],
): StackDescription {
  const queues = (output: string) => jsonOutputOf(template, output, references);
  const reconciliations = queues("ReconciliationQueueUrls");
  const reconciliationsDeadLetter = queues("ReconciliationDeadLetterQueueUrls");
  const first = connections[0]?.id ?? "";
  return {
    apiUrl,
    tokens: { reader: tokens.reader.token, editor: tokens.editor.token, operator: tokens.operator.token },
    region: engines.sqs.region,
    sqs: {
      endpoint: engines.sqs.endpoint,
      queues: {
        changeRequests: queues("ChangeRequestQueueUrls"),
        changeRequestsDeadLetter: queues("ChangeRequestDeadLetterQueueUrls"),
        reconciliations,
        reconciliationsDeadLetter,
        reconcileScopes: reconciliations[first] ?? "",
        reconcileScopesDeadLetter: reconciliationsDeadLetter[first] ?? "",
      },
    },
    dynamodb: {
      endpoint: engines.dynamodb.endpoint,
      tables: {
        state: outputOf(template, "StateTable", references),
        history: outputOf(template, "HistoryTable", references),
      },
    },
    s3: {
      endpoint: engines.s3.endpoint,
      buckets: { anchors: outputOf(template, "AnchorBucket", references) },
    },
    secretsManager: { endpoint: secretsEndpoint },
    connections: Object.fromEntries(
      connections.map(({ id, provider, baseUrl }) => [id, { provider, baseUrl }]),
    ),
    functions: Object.fromEntries(functions.map(({ name, processIds }) => [name, { pids: processIds }])),
    logs,
  };
}

/** Replaces the file in one step, so that a reader never sees half of it. It holds tokens: for its owner only. */
export function writeStackDescription(file: string, description: StackDescription): void {
  const next = `${file}.next`;
  writeFileSync(next, `${JSON.stringify(description, undefined, 2)}\n`, { mode: 0o600 });
  renameSync(next, file);
}
