/** What the demo needs of a running stack: the API, the queues and the simulator's dashboard user. */
import { SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { sha256Hex } from "../../../shared/definition/document/canonical-form.ts";
import type { JsonObject } from "../../../shared/platform/json.ts";
import type { StackDescription } from "../stack-description.ts";

export type RequestView = {
  readonly requestId: string;
  readonly status: string;
  readonly operation: string;
  readonly definitionId?: string;
  readonly result?: { readonly version?: number; readonly definitionId?: string; readonly reason?: string };
};

export type VersionView = {
  readonly version: number;
  readonly changeType: string;
  readonly source: string;
  readonly actor: { readonly claimed?: string; readonly authenticated?: string };
  readonly reason?: string;
  readonly reference?: string;
  readonly recordedAt: string;
  readonly occurredBetween?: readonly [string, string];
  readonly patch?: readonly { readonly op: string; readonly path: string; readonly value?: unknown }[];
};

export type DemoClient = ReturnType<typeof createDemoClient>;

/** How long an answer may take before the demo goes on without it. */
const WAIT_SECONDS = 15;

export function createDemoClient(stack: StackDescription, connection: string) {
  const sqs = new SQSClient({
    endpoint: stack.sqs.endpoint,
    region: stack.region,
    credentials: { accessKeyId: "local", secretAccessKey: "local" },
  });

  const call = async (
    method: string,
    url: string,
    token: string | undefined,
    body?: JsonObject,
  ): Promise<unknown> => {
    const response = await fetch(url, {
      method,
      headers: {
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
        ...(body !== undefined && { "content-type": "application/json" }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const answer: unknown = await response.json();
    if (!response.ok)
      throw new Error(`${method} ${url} answered ${response.status}: ${JSON.stringify(answer)}`);
    return answer;
  };

  return {
    async submit(request: JsonObject): Promise<void> {
      await call("POST", `${stack.apiUrl}/change-requests`, stack.tokens.editor, { connection, ...request });
    },

    async enqueue(request: JsonObject): Promise<void> {
      const body = JSON.stringify(request);
      await sqs.send(
        new SendMessageCommand({
          QueueUrl: stack.sqs.queues.changeRequests[connection],
          MessageBody: body,
          MessageGroupId: `${connection}#${String(request["definitionId"])}`,
          MessageDeduplicationId: sha256Hex(body),
        }),
      );
    },

    async editInDashboard(edit: JsonObject): Promise<void> {
      const edits = new URL("/__simulator__/edits", stack.connections[connection]?.baseUrl);
      await call("POST", edits.href, undefined, edit);
    },

    /** The request when it has its outcome; one sent straight to the queue is unknown until a worker has seen it. */
    async outcome(requestId: string): Promise<RequestView> {
      const url = `${stack.apiUrl}/change-requests/${requestId}?connection=${connection}&wait=${WAIT_SECONDS}`;
      const deadline = Date.now() + WAIT_SECONDS * 1_000;
      for (;;) {
        try {
          return (await call("GET", url, stack.tokens.reader)) as RequestView;
        } catch (error) {
          if (Date.now() > deadline) throw error;
          await new Promise((resolve) => setTimeout(resolve, 100));
        }
      }
    },

    async versions(definitionId: string): Promise<readonly VersionView[]> {
      const url = `${stack.apiUrl}/connections/${connection}/definitions/${definitionId}/versions`;
      return ((await call("GET", url, stack.tokens.reader)) as { items: VersionView[] }).items;
    },

    /** Starts a run of reconciliation and answers its id. */
    async reconcile(): Promise<string> {
      const url = `${stack.apiUrl}/reconciliations`;
      return ((await call("POST", url, stack.tokens.operator, { connection })) as { runId: string }).runId;
    },

    close: () => sqs.destroy(),
  };
}
