/**
 * Does the key still belong to the workspace that it belonged to? With another workspace's key every definition looks
 * deleted. The workspace is learned with the first use of the connection, before anything can be missing, and asked
 * for again only when something is, so that it costs nothing otherwise.
 */
import type { Mirror } from "../definition/mirror/mirror.ts";
import type { MirrorLists } from "../definition/mirror/mirror-lists.ts";
import type { Connection } from "../platform/config.ts";
import type { Log } from "../platform/log.ts";
import type { Metrics } from "../platform/metrics.ts";
import type { Provider } from "../providers/provider.ts";
import { ProviderCallError } from "../providers/provider-call-error.ts";
import { changeHealth } from "./change-health.ts";
import type { ConnectionHealth, ConnectionHealthStore } from "./connection-health.ts";

export type GuardDependencies = {
  readonly connection: Pick<Connection, "id" | "callTimeoutSeconds">;
  readonly health: ConnectionHealthStore;
  readonly provider: Pick<Provider, "checkKey" | "get">;
  readonly mirrorLists: MirrorLists;
  readonly metrics: Pick<Metrics, "count">;
  readonly log: Log;
};

/** It is asked for before the work that a delivery has come for, and must leave it its time. */
const LEARNING_TIMEOUT_MS = 3_000;

/** Definitions that are asked for where a workspace has another name, and how many they are chosen from. */
const SAMPLES = 3;
const MAX_SAMPLED_FROM = 100;

/**
 * Learns the workspace of an active connection of which it is not known yet. Where that fails, the delivery goes on
 * without: its own calls show what is wrong, and the next delivery asks again.
 */
export async function learnWorkspace(
  deps: Pick<GuardDependencies, "connection" | "health" | "provider">,
  health: ConnectionHealth,
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
    (seen) => (seen.workspace === undefined ? withWorkspace(seen, workspace ?? null) : seen),
    health,
  );
  return known.health;
}

/**
 * Asked before it is believed that something is missing. `true` where the provider does not say, and where it never
 * said before: then the answer is kept. A workspace's name is for people and may change: a new one is taken over where
 * the key still shows definitions that we know.
 * @throws {ProviderCallError} where the provider does not answer, or refuses the key
 */
export async function isSameWorkspace(deps: GuardDependencies): Promise<boolean> {
  const { connection, health, provider, metrics, log } = deps;
  const timeoutMs = connection.callTimeoutSeconds * 1_000;
  const { workspace } = (await provider.checkKey({ timeoutMs })).body;
  if (workspace === undefined) return true;
  const { workspace: known } = await health.read(connection.id);
  if (known === workspace) return true;
  const isUnknown = known === undefined || known === null;
  if (isUnknown || (await showsKnownDefinition(deps, timeoutMs))) {
    if (!isUnknown) log.warn("workspace-renamed", { connection: connection.id });
    await changeHealth(health, connection.id, (seen) =>
      seen.workspace === known ? withWorkspace(seen, workspace) : seen,
    );
    return true;
  }
  metrics.count("OtherWorkspace", connection.id);
  log.error("other-workspace", { connection: connection.id });
  return false;
}

/** Those that were seen last are the likeliest to be there still. */
async function showsKnownDefinition(
  { connection, mirrorLists, provider }: GuardDependencies,
  timeoutMs: number,
): Promise<boolean> {
  const of = { connection: connection.id };
  const { mirrors } = await mirrorLists.list(of, {}, undefined, MAX_SAMPLED_FROM);
  const present = mirrors.filter(({ missingSince }) => missingSince === undefined);
  for (const { definitionId } of present.toSorted(byLastLook).slice(0, SAMPLES)) {
    try {
      if (!(await provider.get(definitionId, { timeoutMs })).body.deleted) return true;
    } catch (error) {
      if (!(error instanceof ProviderCallError && error.code === "not-found")) throw error;
    }
  }
  return false;
}

function byLastLook(a: Mirror, b: Mirror): number {
  return b.lookedAt - a.lookedAt;
}

function withWorkspace(health: ConnectionHealth, workspace: string | null): ConnectionHealth {
  return { ...health, workspace, revision: health.revision + 1 };
}
