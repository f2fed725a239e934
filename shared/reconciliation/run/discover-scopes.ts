/**
 * Finds the scopes of a run: those that the provider has, or that are configured, and those that are known from before,
 * so that a scope that is gone is noticed. Then each gets its message.
 */
import { withAccountKey, withNewAccountKey, withoutOtherKey } from "../../connection/account-key.ts";
import { changeHealth } from "../../connection/change-health.ts";
import { admit, reportFault, reportSuccess } from "../../connection/connection-gate.ts";
import { durationMs } from "../../platform/config.ts";
import { ProviderCallError } from "../../providers/provider-call-error.ts";
import { afterRefusedKey, type ScanEnd, timeIsShort, waitWithoutFault } from "../scan/scan-end.ts";
import {
  type Admitted,
  callTimeoutMs,
  isTimeShort,
  pacedDependencies,
  type ReconcileDependencies,
  type ScanDisposition,
} from "../scan/scope-scan.ts";
import { type DiscoveryProgress, progressOfText, textOfProgress } from "./discovery-progress.ts";
import { endRunIfOver, endWholeRun, UNKNOWN_SCOPE } from "./end-run.ts";
import {
  acceptWorkspace,
  accountEvidence,
  endAcceptance,
  hasFewScopes,
  looksLikeAnotherAccount,
  otherWorkspace,
  ownerOfKey,
} from "./guard.ts";
import { allKnownScopes } from "./known-scope.ts";
import type { DiscoverMessage } from "./reconciliation-message.ts";
import type { Run } from "./run.ts";
import { afterUnexpectedFailure } from "./unexpected-failure.ts";

const DONE: ScanDisposition = { kind: "done" };
const FAULT_WAIT_MS = 10_000;
const QUEUE_WAIT_MS = 5_000;
const DAY_MS = 86_400_000;
/** Whatever another key has brought in is recorded as deleted by then. */
const MISSED_AFTER_RUNS = 4;

/** One invocation's work on the discovery. */
type Discovery = {
  /** The provider in them is paced. */
  readonly deps: ReconcileDependencies;
  readonly run: Run;
  readonly admission: Admitted;
  readonly token: string;
  readonly invocationEndsAt: number;
  readonly progress: DiscoveryProgress;
};

type DiscoveryEnd =
  | { readonly kind: "discovered" }
  | Extract<ScanEnd, { kind: "wait" | "run-ends" }>
  /** Another delivery does it by now. */
  | { readonly kind: "lost" };

export async function discoverScopes(
  deps: ReconcileDependencies,
  { connection, runId }: DiscoverMessage,
  invocationEndsAt: number,
): Promise<ScanDisposition> {
  const key = { connection, runId };
  const paced = pacedDependencies(deps, invocationEndsAt);
  const admission = await admit(paced);
  if (admission.kind === "wait") return admission;
  const lease = { token: deps.random.token(), until: invocationEndsAt };
  const taken = await deps.runs.takeDiscovery(key, lease, deps.clock.now());
  if (taken.kind === "over") return DONE;
  if (taken.kind === "held") {
    const waitMs = Math.max(1_000, taken.until - deps.clock.now());
    return { kind: "wait", waitMs, reason: "another-delivery" };
  }
  const { run } = taken;
  const progress = progressOfText(taken.cursor);
  const giveBack = () => deps.runs.giveDiscoveryBack(key, lease.token, textOfProgress(progress));
  try {
    // An earlier delivery has found them all, and may not have told all of them.
    if (run.tally !== undefined) return await messagesSent(deps, run);
    const discovery = { deps: paced, run, admission, token: lease.token, invocationEndsAt, progress };
    const end = await discovered(discovery);
    switch (end.kind) {
      case "discovered":
        return await messagesSent(deps, run);
      case "wait":
        await giveBack();
        return end;
      case "run-ends":
        await endWholeRun(deps, run, end);
        return DONE;
      case "lost":
        return DONE;
    }
  } catch (error) {
    return await afterUnexpectedFailure(deps, key, error, giveBack);
  }
}

async function discovered(discovery: Discovery): Promise<DiscoveryEnd> {
  const { deps, run, admission } = discovery;
  try {
    const end = await compared(discovery);
    await reportSuccess(deps, admission, run.runId, { wrote: false });
    return end;
  } catch (error) {
    if (!(error instanceof ProviderCallError)) throw error;
    const wait = waitWithoutFault(error);
    if (wait !== undefined) return wait;
    if (error.code === "key-refused") {
      const refused = await afterRefusedKey(deps, admission);
      return refused ?? unfinished("discovery-refused");
    }
    if (error.code === "malformed-answer") return unfinished("malformed-discovery");
    if (!error.retryable) return unfinished("discovery-refused");
    await reportFault(deps, admission, run.runId);
    return { kind: "wait", waitMs: FAULT_WAIT_MS, reason: `provider-${error.code}` };
  }
}

function unfinished(reason: string): DiscoveryEnd {
  return { kind: "run-ends", status: "unfinished", reason };
}

/** The key first: with another account's nothing may be compared. @throws {ProviderCallError} */
async function compared(discovery: Discovery): Promise<DiscoveryEnd> {
  const { deps, run, admission, progress, token } = discovery;
  const { connection, clock, key, runs, scopeRuns } = deps;
  progress.keyVersion ??= admission.keyVersion;
  if (progress.keyVersion !== admission.keyVersion) return unfinished("key-replaced");
  progress.owner ??= await ownerOfKey(deps, admission.keyVersion);
  const { owner } = progress;
  const cut = await readScopes(discovery);
  if (cut !== undefined) return cut;
  const known = await allKnownScopes(deps.knownScopes, connection.id);
  const added = new Set((await scopeRuns.list(run)).map(({ scope }) => scope));
  // Where not all were asked for, what is absent tells nothing.
  const isAll = run.scope === undefined && connection.reconcile.scopes === "discover";
  const shown = isAll ? added : undefined;
  const isInDoubt = !owner.isProven || owner.isOtherKey || hasFewScopes(known, shown);
  const isAnother =
    isInDoubt &&
    looksLikeAnotherAccount(await accountEvidence(deps, known, shown, progress, admission), owner);
  const isAccepted =
    (owner.workspace === undefined || owner.isProven) &&
    admission.health.acceptedKeyVersion === admission.keyVersion;
  if (isAnother && !isAccepted) return otherWorkspace(owner.workspace, admission.keyVersion);
  // One secret for the whole run, and for what its calls say about the key.
  if ((await key.version()) !== admission.keyVersion) return unfinished("key-replaced");
  if (!isAnother) {
    if (owner.workspace !== undefined && !owner.isProven) await acceptWorkspace(deps, owner.workspace);
    if (isAccepted && (isAll || isInDoubt)) await endAcceptance(deps.health, connection.id);
    await noteKey(discovery);
  }
  await add(
    discovery,
    known.map(({ scope }) => scope).filter((scope) => !added.has(scope)),
  );
  const scopes = (await scopeRuns.list(run)).length;
  if (scopes === 0 && run.scope !== undefined) return unfinished(UNKNOWN_SCOPE);
  const ended = await runs.endDiscovery(
    run,
    token,
    {
      scopes,
      keyVersion: admission.keyVersion,
      ...(owner.workspace !== undefined && { workspace: owner.workspace }),
    },
    clock.now(),
  );
  return ended ? { kind: "discovered" } : { kind: "lost" };
}

/** The key is the account's: it has shown what is known, or there is nothing known that it could show. */
async function noteKey({ deps, admission, progress }: Discovery): Promise<void> {
  const { connection } = deps;
  const { keyVersion } = admission;
  const now = deps.clock.now();
  const missedAfterMs = Math.max(DAY_MS, MISSED_AFTER_RUNS * durationMs(connection.reconcile.every));
  await changeHealth(
    deps.health,
    connection.id,
    (seen) => {
      const { accountKeyVersion, otherKeySince = now } = seen;
      if (accountKeyVersion === keyVersion) {
        return now - otherKeySince > missedAfterMs ? withoutOtherKey(seen) : seen;
      }
      if (progress.isThere || accountKeyVersion === undefined) return withAccountKey(seen, keyVersion);
      return progress.samples?.length === 0 ? withNewAccountKey(seen, keyVersion, now) : seen;
    },
    admission.health,
  );
}

/** Adds what the provider has to the run. `undefined`: all of it. @throws {ProviderCallError} */
async function readScopes(discovery: Discovery): Promise<DiscoveryEnd | undefined> {
  const { deps, invocationEndsAt, progress } = discovery;
  if (progress.isListed) return undefined;
  const { scopes } = deps.connection.reconcile;
  if (scopes !== "discover") {
    await add(discovery, scopes);
    return undefined;
  }
  const cursors = new Set<string>();
  for (;;) {
    if (isTimeShort(deps, invocationEndsAt)) return timeIsShort;
    const options = { timeoutMs: callTimeoutMs(deps) };
    const { body } = await deps.provider.listScopes(progress.cursor, options);
    await add(discovery, body.scopes);
    const { nextCursor } = body;
    if (nextCursor === undefined) {
      progress.isListed = true;
      return undefined;
    }
    // It leads in a circle.
    if (cursors.has(nextCursor)) return unfinished("malformed-discovery");
    cursors.add(nextCursor);
    progress.cursor = nextCursor;
  }
}

async function add({ deps, run }: Discovery, scopes: readonly string[]): Promise<void> {
  const wanted = scopes.filter((scope) => run.scope === undefined || scope === run.scope);
  if (wanted.length > 0) await deps.scopeRuns.add(run, [...new Set(wanted)], run.startedAt);
}

/** Sent again, a message does no harm; not sent, its scope would never be reconciled. */
async function messagesSent(deps: ReconcileDependencies, run: Run): Promise<ScanDisposition> {
  const scopes = await deps.scopeRuns.list(run);
  const { connection, runId } = run;
  const open = scopes.filter(({ status }) => status === "pending" || status === "running");
  const delivery = await deps.messages.send(
    open.map(({ scope }) => ({ kind: "scope", connection, runId, scope })),
  );
  if (!delivery.sent) {
    deps.log.error("reconciliation-queue-unavailable", { connection, runId, reason: delivery.reason });
    return { kind: "wait", waitMs: QUEUE_WAIT_MS, reason: "queue-unavailable" };
  }
  await endRunIfOver(deps, run);
  return DONE;
}
