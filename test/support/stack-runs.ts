/** Runs of reconciliation in a local stack, over its API. */
import type { LocalStack } from "./local-stack.ts";
import { waitFor } from "./wait-for.ts";

export type CountsView = Readonly<
  Record<"listed" | "baselines" | "created" | "changed" | "moved" | "missing" | "deleted" | "left", number>
>;

export type RunView = {
  readonly runId: string;
  readonly connection: string;
  readonly status: string;
  readonly trigger: string;
  readonly startedAt: string;
  readonly finishedAt: string;
  readonly reason?: string;
  readonly otherWorkspace?: string;
  readonly counts: CountsView;
  readonly scopes: readonly {
    readonly scope: string;
    readonly status: string;
    readonly reason?: string;
    readonly counts: CountsView;
    readonly halted?: readonly string[];
    readonly decided?: string;
  }[];
};

export type VersionView = {
  readonly version: number;
  readonly changeType: string;
  readonly source: string;
  readonly requestId?: string;
  readonly scope: string;
  readonly deleted: boolean;
  readonly recordedAt: string;
  readonly effectiveAt: string;
  readonly occurredBetween?: readonly [string, string];
};

/** Starts a run as an operator does, and answers it when it has ended. */
export async function reconcile(stack: LocalStack, scope?: string, connection = "retell"): Promise<RunView> {
  const started = await stack.api<{ runId: string }>("POST", "/reconciliations", {
    body: { connection, ...(scope !== undefined && { scope }) },
  });
  if (started.status !== 202) throw new Error(`not started: ${JSON.stringify(started.body)}`);
  return await endOfRun(stack, started.body.runId);
}

export async function endOfRun(stack: LocalStack, runId: string, timeoutMs = 120_000): Promise<RunView> {
  return await waitFor(
    async () => {
      const { body } = await stack.api<RunView>("GET", `/reconciliations/${runId}`);
      return body.status !== "running" && body;
    },
    { timeoutMs, what: `the end of the run ${runId}` },
  );
}

/** Of a run that has this scope. */
export function scopeOf(run: RunView, scope: string): RunView["scopes"][number] {
  const found = run.scopes.find((one) => one.scope === scope);
  if (found === undefined) throw new Error(`the run has no scope ${scope}`);
  return found;
}

/** Newest first. */
export async function versionsOf(
  stack: LocalStack,
  definitionId: string,
  connection = "retell",
): Promise<readonly VersionView[]> {
  const path = `/connections/${connection}/definitions/${definitionId}/versions?limit=200`;
  return (await stack.api<{ items?: VersionView[] }>("GET", path)).body.items ?? [];
}
