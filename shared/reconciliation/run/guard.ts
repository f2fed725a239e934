/**
 * Does the key still belong to the account that is recorded? With another one everything would look deleted, and what
 * is there would look new. Asked before scopes are looked for, and again before the first thing is recorded.
 */
import { isOtherKey, isPresent, isProof, withAccountKey } from "../../connection/account-key.ts";
import { changeHealth } from "../../connection/change-health.ts";
import type { Mirror } from "../../definition/mirror/mirror.ts";
import type { Random } from "../../platform/random.ts";
import { ProviderCallError } from "../../providers/provider-call-error.ts";
import type { ScanEnd } from "../scan/scan-end.ts";
import {
  type Admitted,
  callTimeoutMs,
  type ReconcileDependencies,
  type ScopeScan,
} from "../scan/scope-scan.ts";
import type { DiscoveryProgress } from "./discovery-progress.ts";
import type { KeyOwner } from "./key-owner.ts";
import type { KnownScope } from "./known-scope.ts";
import type { Run } from "./run.ts";

/** @throws {ProviderCallError} where the provider does not answer, or refuses the key */
export async function ownerOfKey(deps: ReconcileDependencies, keyVersion: string): Promise<KeyOwner> {
  const { connection, health, provider } = deps;
  const { workspace } = (await provider.checkKey({ timeoutMs: callTimeoutMs(deps) })).body;
  const seen = await health.read(connection.id);
  const isOther = isOtherKey(seen, keyVersion);
  if (workspace === undefined) return { isProven: false, isRenamed: false, isOtherKey: isOther };
  const known = seen.workspace ?? undefined;
  const isProven = workspace === known;
  return { workspace, isProven, isRenamed: known !== undefined && !isProven, isOtherKey: isOther };
}

export type AccountEvidence = {
  /** Known scopes in which there were definitions, and how many of these the provider still shows. */
  readonly known: number;
  readonly discovered: number;
  /** Known definitions that were asked for, and how many of these are gone. */
  readonly sampled: number;
  readonly gone: number;
  /** Definitions are known, and not one that another key could show itself by. */
  readonly isUnprovable: boolean;
};

/** As many tell more than an accident. */
const SAMPLES = 3;
const MAX_SAMPLED_FROM = 100;

/**
 * Fewer than half of the scopes are left, or not one of three definitions; where the workspace is called otherwise now,
 * or the key is another one, not one of however many there are. Where it is called as it was, definitions alone tell:
 * two may have the same name, and the one may have lost its scopes. Pure.
 */
export function looksLikeAnotherAccount(
  { known, discovered, sampled, gone, isUnprovable }: AccountEvidence,
  { isProven, isRenamed, isOtherKey }: Pick<KeyOwner, "isProven" | "isRenamed" | "isOtherKey">,
): boolean {
  const isTelling = sampled >= (isProven || isRenamed || isOtherKey ? 1 : SAMPLES);
  const isFew = !isProven && discovered * 2 < known;
  return isFew || isUnprovable || (isTelling && gone === sampled);
}

/** Are fewer than half of the scopes left in which there were definitions? */
export function hasFewScopes(
  known: readonly KnownScope[],
  discovered: ReadonlySet<string> | undefined,
): boolean {
  const filled = known.filter(({ definitions }) => definitions > 0);
  const found = filled.filter(({ scope }) => discovered?.has(scope) ?? true);
  return found.length * 2 < filled.length;
}

/** `progress`: samples that were asked for before are not asked for again. @throws {ProviderCallError} */
export async function accountEvidence(
  deps: ReconcileDependencies,
  knownScopes: readonly KnownScope[],
  /** Absent where the provider was not asked for all. */
  discoveredScopes: ReadonlySet<string> | undefined,
  progress: Pick<DiscoveryProgress, "samples" | "isUnprovable" | "gone" | "isThere">,
  { health, keyVersion }: Pick<Admitted, "health" | "keyVersion">,
): Promise<AccountEvidence> {
  const filled = knownScopes.filter(({ definitions }) => definitions > 0);
  const found = filled.filter(({ scope }) => discoveredScopes?.has(scope) ?? true);
  if (progress.samples === undefined) {
    const living = await deps.knownDefinitions.living(deps.connection.id, MAX_SAMPLED_FROM);
    const isOther = isOtherKey(health, keyVersion);
    progress.samples = sampledIds(
      deps.random,
      living.filter((mirror) => !isOther || isProof(health, mirror)),
    );
    progress.isUnprovable = isOther && progress.samples.length === 0 && living.some(isPresent);
  }
  progress.gone ??= 0;
  for (const id of progress.samples.slice(progress.gone)) {
    // One that is there is proof enough.
    if (progress.isThere || (await isThere(deps, id))) {
      progress.isThere = true;
      break;
    }
    progress.gone += 1;
  }
  const { samples, gone, isUnprovable = false } = progress;
  return { known: filled.length, discovered: found.length, sampled: samples.length, gone, isUnprovable };
}

/** What is missing already tells little, but more than nothing. */
function sampledIds(random: Pick<Random, "fraction">, among: readonly Mirror[]): readonly string[] {
  return among
    .map(({ definitionId, missingSince }) => ({
      definitionId,
      turn: random.fraction() + (missingSince === undefined ? 0 : 1),
    }))
    .sort((a, b) => a.turn - b.turn)
    .slice(0, SAMPLES)
    .map(({ definitionId }) => definitionId);
}

async function isThere(deps: ReconcileDependencies, definitionId: string): Promise<boolean> {
  try {
    return !(await deps.provider.get(definitionId, { timeoutMs: callTimeoutMs(deps) })).body.deleted;
  } catch (error) {
    if (error instanceof ProviderCallError && error.code === "not-found") return false;
    throw error;
  }
}

export function otherWorkspace(
  workspace: string | undefined,
  keyVersion: string | undefined,
): Extract<ScanEnd, { kind: "run-ends" }> {
  return {
    kind: "run-ends",
    status: "halted",
    reason: OTHER_WORKSPACE,
    ...(workspace !== undefined && { workspace }),
    ...(keyVersion !== undefined && { keyVersion }),
  };
}

/** Why a run is halted as a whole. */
export const OTHER_WORKSPACE = "other-workspace";

/** The account is the one that it was, and is called so from now on. */
export async function acceptWorkspace(
  { connection, health, log }: AcceptDependencies,
  workspace: string,
): Promise<void> {
  const changed = await changeHealth(health, connection.id, (seen) =>
    seen.workspace === workspace ? seen : { ...seen, workspace, revision: seen.revision + 1 },
  );
  if (changed.kind === "written" && changed.before.workspace) {
    log.warn("workspace-renamed", { connection: connection.id });
  }
}

type AcceptDependencies = Pick<ReconcileDependencies, "health" | "log"> & {
  readonly connection: { readonly id: string };
};

/**
 * An operator says that the account of a halted run is the right one, whatever speaks against it; that is remembered for
 * its key until nothing does. What was missing in another account before `now` (epoch ms) has to be missed in this one.
 */
export async function acceptAccount(
  deps: AcceptDependencies,
  { keyVersion, otherWorkspace: workspace }: Pick<Run, "keyVersion" | "otherWorkspace">,
  now: number,
): Promise<void> {
  await changeHealth(deps.health, deps.connection.id, (seen) => ({
    ...(keyVersion === undefined ? seen : withAccountKey(seen, keyVersion)),
    ...(keyVersion !== undefined && { acceptedKeyVersion: keyVersion }),
    accountSince: now,
    revision: seen.revision + 1,
  }));
  if (workspace !== undefined) await acceptWorkspace(deps, workspace);
}

/** The account looks again as it did: what an operator has accepted is not needed any more. */
export async function endAcceptance(
  health: ReconcileDependencies["health"],
  connection: string,
): Promise<void> {
  await changeHealth(health, connection, (seen) => {
    const { acceptedKeyVersion, ...kept } = seen;
    return acceptedKeyVersion === undefined ? seen : { ...kept, revision: seen.revision + 1 };
  });
}

/** As long the account that a secret's key belongs to is taken to be the same. */
const GUARD_LASTS_MS = 600_000;

/**
 * Before the first thing is recorded: the secret and the workspace are those with which the run began. Each invocation
 * looks at the secret; the provider is asked again after a while only, because turns in the rate limit may be rare. An
 * answer other than `undefined` means: record nothing.
 * @throws {ProviderCallError}
 */
export async function guarded(scan: ScopeScan): Promise<ScanEnd | undefined> {
  if (scan.isGuarded) return undefined;
  const { deps, run } = scan;
  if ((await deps.key.version()) !== run.keyVersion) {
    return { kind: "run-ends", status: "unfinished", reason: "key-replaced" };
  }
  const { guardedAt, isGuardDue, ...pass } = scan.pass;
  const isFresh = guardedAt !== undefined && deps.clock.now() - guardedAt < GUARD_LASTS_MS;
  if (run.workspace !== undefined && !isFresh) {
    // If there is no turn for this call now, it comes first the next time.
    scan.pass = { ...pass, isGuardDue: true };
    const { workspace } = (await scan.provider.checkKey(scan.callOptions)).body;
    if (workspace !== run.workspace) {
      return otherWorkspace(workspace, run.keyVersion);
    }
    scan.pass = { ...pass, guardedAt: deps.clock.now() };
  }
  scan.isGuarded = true;
  return undefined;
}
