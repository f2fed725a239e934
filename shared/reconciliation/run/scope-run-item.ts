/** How a scope's state in a run lies in its item of the state table. */
import { brotliCompressSync, brotliDecompressSync, constants } from "node:zlib";
import type { ScopeRun } from "./run.ts";
import type { ScopeRunKey } from "./scope-run-store.ts";

type Item = Readonly<Record<string, unknown>>;

export function scopeRunOf(
  { connection, runId, scope }: ScopeRunKey,
  item: Item,
  halted: readonly string[] | undefined,
): ScopeRun {
  const { status, reason, counts, finishedAt, decided } = item as Partial<ScopeRun>;
  return {
    connection,
    runId,
    scope,
    status: status ?? "pending",
    counts: counts as ScopeRun["counts"],
    ...(reason !== undefined && { reason }),
    ...(finishedAt !== undefined && { finishedAt }),
    ...(decided !== undefined && { decided }),
    ...(halted !== undefined && { halted }),
  };
}

/** Ids as bytes; equal lists give equal bytes. */
export function bytesOfIds(ids: readonly string[]): Uint8Array {
  // The best quality would take seconds for tens of thousands.
  return brotliCompressSync(JSON.stringify(ids), { params: { [constants.BROTLI_PARAM_QUALITY]: 5 } });
}

export function idsOfBytes(bytes: Uint8Array): readonly string[] {
  return JSON.parse(brotliDecompressSync(bytes).toString("utf8")) as string[];
}
