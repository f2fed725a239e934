/** How an invocation's work on a scope may end, and what a failed call makes of it. */
import { onKeyRefused, reportFault } from "../../connection/connection-gate.ts";
import { checkKey } from "../../connection/key-check.ts";
import type { ProviderCallError } from "../../providers/provider-call-error.ts";
import type { ScopeEndStatus } from "../run/run.ts";
import type { Admitted, ReconcileDependencies, ScopeScan } from "./scope-scan.ts";

export type ScanEnd =
  /** The scope has come to its end in this run. */
  | {
      readonly kind: "scope-ends";
      readonly status: ScopeEndStatus;
      readonly reason?: string;
      readonly halted?: readonly string[];
    }
  /** The message comes back, and the work goes on where it stopped. */
  | ScanWait
  /** Nothing more of the whole run may be compared. */
  | {
      readonly kind: "run-ends";
      readonly status: "unfinished" | "halted";
      readonly reason: string;
      /** With `halted`: the workspace that the key belongs to now. */
      readonly workspace?: string;
      /** And the version of the secret. */
      readonly keyVersion?: string;
    };

export type ScanWait = { readonly kind: "wait"; readonly waitMs: number; readonly reason: string };

const SHORTEST_WAIT_MS = 1_000;
/** A provider may ask for any wait; longer ones than this are cut. */
const LONGEST_WAIT_MS = 600_000;
const FIRST_FAULT_WAIT_MS = 5_000;
/** A scope with more faults than this in one run remains unfinished: the next run is not far. */
const MAX_FAULTS = 5;

export const timeIsShort: ScanWait = { kind: "wait", waitMs: SHORTEST_WAIT_MS, reason: "goes-on" };

export function scopeEnds(status: ScopeEndStatus, reason: string): ScanEnd {
  return { kind: "scope-ends", status, reason };
}

/** What follows from a call that failed, whichever it was. */
export async function afterFailedCall(scan: ScopeScan, error: ProviderCallError): Promise<ScanEnd> {
  const { deps, provider, admission, run } = scan;
  const wait = waitWithoutFault(error);
  if (wait !== undefined) return wait;
  if (error.code === "key-refused") {
    const refused = await afterRefusedKey({ ...deps, provider }, admission);
    return refused ?? scopeEnds("unfinished", "refused-by-provider");
  }
  if (!error.retryable) return scopeEnds("unfinished", `provider-${error.code}`);
  await reportFault(deps, admission, run.runId);
  const faults = scan.pass.faults + 1;
  scan.pass = { ...scan.pass, faults };
  if (faults > MAX_FAULTS) return scopeEnds("unfinished", `provider-${error.code}`);
  return { kind: "wait", waitMs: FIRST_FAULT_WAIT_MS * faults, reason: `provider-${error.code}` };
}

/** To be told to slow down is no fault of anybody. */
export function waitWithoutFault({ code, retryAfterMs = 0 }: ProviderCallError): ScanWait | undefined {
  if (code !== "throttled" && code !== "rate-limited") return undefined;
  const waitMs = Math.min(LONGEST_WAIT_MS, Math.max(SHORTEST_WAIT_MS, retryAfterMs));
  return { kind: "wait", waitMs, reason: code === "throttled" ? code : "provider-rate-limited" };
}

/**
 * 401, 402 or 403 on a read. `undefined`: the key works, it may only not read this; that says nothing about writes, so
 * the connection goes on.
 */
export async function afterRefusedKey(
  deps: ReconcileDependencies,
  admission: Admitted,
): Promise<ScanWait | undefined> {
  const verdict = await checkKey(deps);
  if (verdict.kind === "works") return undefined;
  if (verdict.kind === "undecided") {
    return { kind: "wait", waitMs: verdict.waitMs, reason: verdict.reason };
  }
  const refused = await onKeyRefused(deps, admission);
  return refused.kind === "wait" ? refused : undefined;
}
