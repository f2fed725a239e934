/**
 * Does the key still belong to the workspace that it belonged to? With another workspace's key every definition looks
 * deleted. The workspace is learned with the first use of the connection, before anything can be missing, and asked
 * for again only when something is, so that it costs nothing otherwise.
 */
import type { Mirror } from "../definition/mirror/mirror.ts";
import type { MirrorLists } from "../definition/mirror/mirror-lists.ts";
import type { Clock } from "../platform/clock.ts";
import type { Connection } from "../platform/config.ts";
import type { Log } from "../platform/log.ts";
import type { Metrics } from "../platform/metrics.ts";
import type { Provider } from "../providers/provider.ts";
import { ProviderCallError } from "../providers/provider-call-error.ts";
import { isOtherKey, isPresent, isProof, withAccountKey, withNewAccountKey } from "./account-key.ts";
import { changeHealth } from "./change-health.ts";
import type { ConnectionHealth, ConnectionHealthStore } from "./connection-health.ts";
import type { ConnectionKey } from "./connection-key.ts";

export type GuardDependencies = {
  readonly connection: Pick<Connection, "id" | "callTimeoutSeconds">;
  readonly health: ConnectionHealthStore;
  readonly key: Pick<ConnectionKey, "version">;
  readonly provider: Pick<Provider, "checkKey" | "get">;
  readonly mirrorLists: MirrorLists;
  readonly metrics: Pick<Metrics, "count">;
  readonly clock: Pick<Clock, "now">;
  readonly log: Log;
};

/** It is asked for before the work that a delivery has come for, and must leave it its time. */
const LEARNING_TIMEOUT_MS = 3_000;

/** Definitions that are asked for with another name or another key, and how many they are chosen from. */
const SAMPLES = 3;
const MAX_SAMPLED_FROM = 100;

/**
 * Learns the workspace of an active connection of which it is not known yet. Where that fails, the delivery goes on
 * without: its own calls show what is wrong, and the next delivery asks again.
 */
export async function learnWorkspace(
  deps: Pick<GuardDependencies, "connection" | "health" | "provider">,
  { health, keyVersion }: { readonly health: ConnectionHealth; readonly keyVersion: string },
): Promise<ConnectionHealth> {
  const { connection, provider } = deps;
  if (health.workspace !== undefined || health.state !== "active") return health;
  const timeoutMs = Math.min(LEARNING_TIMEOUT_MS, connection.callTimeoutSeconds * 1_000);
  let workspace: string | undefined;
  try {
    ({ workspace } = (await provider.checkKey({ timeoutMs })).body);
  } catch (error) {
    if (!(error instanceof ProviderCallError)) throw error;
    // Only a definite no is an answer: this provider, or this key, never says.
    if (error.retryable) return health;
  }
  const known = await changeHealth(
    deps.health,
    connection.id,
    (seen) =>
      seen.workspace === undefined
        ? {
            ...withWorkspace(seen, workspace ?? null),
            accountKeyVersion: seen.accountKeyVersion ?? keyVersion,
          }
        : seen,
    health,
  );
  return known.health;
}

/**
 * Asked before it is believed that something is missing. A workspace's name is for people and may change, two may have
 * the same, and some providers tell none: with another name, or another version of the secret, it is the same one where
 * the key still shows definitions that we know. Where the provider never said a name before, the answer is kept.
 * @throws {ProviderCallError} where the provider does not answer, or refuses the key
 */
export async function isSameWorkspace(deps: GuardDependencies): Promise<boolean> {
  const { clock, connection, health, key, provider, metrics, log } = deps;
  const timeoutMs = connection.callTimeoutSeconds * 1_000;
  const { workspace } = (await provider.checkKey({ timeoutMs })).body;
  const seen = await health.read(connection.id);
  const known = seen.workspace ?? undefined;
  const keyVersion = await key.version();
  const isOther = isOtherKey(seen, keyVersion);
  const isRenamed = workspace !== undefined && known !== undefined && workspace !== known;
  if (isRenamed || isOther) {
    const samples = await sampleKnown(deps, isOther ? seen : undefined, timeoutMs);
    // Nothing is known that could tell: then only another name tells anything.
    const isShown = samples === "there" || (samples === "none" && !isRenamed);
    const isAccepted = !isRenamed && seen.acceptedKeyVersion === keyVersion;
    if (!isShown && !isAccepted) {
      metrics.count("OtherWorkspace", connection.id);
      log.error("other-workspace", { connection: connection.id });
      return false;
    }
    if (isRenamed) log.warn("workspace-renamed", { connection: connection.id });
    // Replaced meanwhile: which of them has shown it is not certain.
    if (isShown && (await key.version()) === keyVersion) {
      await changeHealth(health, connection.id, (now) =>
        samples === "there"
          ? withAccountKey(now, keyVersion)
          : withNewAccountKey(now, keyVersion, clock.now()),
      );
    }
  }
  if (workspace !== undefined && workspace !== known) {
    await changeHealth(health, connection.id, (now) =>
      (now.workspace ?? undefined) === known ? withWorkspace(now, workspace) : now,
    );
  }
  return true;
}

/**
 * Those that were seen last are the likeliest to be there still. `proofOf`: only what proves that a key is the account's.
 * `none`: nothing is known that should be there.
 */
async function sampleKnown(
  { connection, mirrorLists, provider }: GuardDependencies,
  proofOf: ConnectionHealth | undefined,
  timeoutMs: number,
): Promise<"there" | "gone" | "none"> {
  const of = { connection: connection.id };
  const { mirrors } = await mirrorLists.list(of, {}, undefined, MAX_SAMPLED_FROM);
  const present = mirrors.filter(isPresent);
  const proofs = present.filter((mirror) => proofOf === undefined || isProof(proofOf, mirror));
  for (const { definitionId } of proofs.toSorted(byLastLook).slice(0, SAMPLES)) {
    try {
      if (!(await provider.get(definitionId, { timeoutMs })).body.deleted) return "there";
    } catch (error) {
      if (!(error instanceof ProviderCallError && error.code === "not-found")) throw error;
    }
  }
  return present.length === 0 ? "none" : "gone";
}

function byLastLook(a: Mirror, b: Mirror): number {
  return b.lookedAt - a.lookedAt;
}

function withWorkspace(health: ConnectionHealth, workspace: string | null): ConnectionHealth {
  return { ...health, workspace, revision: health.revision + 1 };
}
