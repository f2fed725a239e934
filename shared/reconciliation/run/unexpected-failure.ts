/** What follows where our own stores fail, or a mistake of ours shows: the message comes back a little later. */
import type { ReconcileDependencies } from "../scan/scope-scan.ts";
import type { RunKey } from "./run.ts";

const WAIT_MS = 15_000;

/**
 * Never fails. `work`: what the message is about, for the log. `giveBack`: gives back the right to do the work, which
 * passes by itself where this fails too.
 */
export async function afterUnexpectedFailure(
  { log }: Pick<ReconcileDependencies, "log">,
  work: RunKey & { readonly scope?: string },
  error: unknown,
  giveBack?: () => Promise<void>,
): Promise<{ readonly kind: "wait"; readonly waitMs: number; readonly reason: string }> {
  const { connection, runId, scope } = work;
  const fields = { connection, runId, ...(scope !== undefined && { scope }) };
  log.error("reconciliation-failed-unexpectedly", { ...fields, error: className(error) });
  try {
    await giveBack?.();
  } catch (failure) {
    log.warn("reconciliation-not-given-back", { ...fields, error: className(failure) });
  }
  return { kind: "wait", waitMs: WAIT_MS, reason: "unexpected-failure" };
}

/** An error's message may quote what it failed on: the class says enough. */
function className(error: unknown): string {
  return error instanceof Error ? error.name : typeof error;
}
