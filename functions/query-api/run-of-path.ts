/** The reconciliation's run that a path names. Its id says nothing of its connection, so each one is asked. */
import type { Connection } from "../../shared/platform/config.ts";
import type { Run } from "../../shared/reconciliation/run/run.ts";
import type { ApiContext, ApiDependencies } from "./api.ts";
import { pathParameter } from "./parameters.ts";
import { Problem } from "./problem.ts";

/** Ids of ours are shorter. */
const MAX_RUN_ID_BYTES = 64;

/** @throws {Problem} where there is none */
export async function runOfPath(
  context: ApiContext,
  { connections, runs }: Pick<ApiDependencies, "connections" | "runs">,
): Promise<{ readonly connection: Connection; readonly run: Run }> {
  const runId = pathParameter(context, "runId");
  if (Buffer.byteLength(runId) > MAX_RUN_ID_BYTES) throw unknownRun();
  const found = await Promise.all(connections.map(({ id }) => runs.read({ connection: id, runId })));
  for (const [index, run] of found.entries()) {
    const connection = connections[index];
    if (run !== undefined && connection !== undefined) return { connection, run };
  }
  throw unknownRun();
}

export function unknownRun(): Problem {
  return new Problem(
    "unknown-reconciliation",
    "No connection has a run with this id; they are kept for 90 days",
  );
}
