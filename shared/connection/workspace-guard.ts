/**
 * Does the key still belong to the workspace that it belonged to? With another workspace's key every definition looks
 * deleted. Asked only when something is missing, so that it costs nothing otherwise.
 */
import type { Connection } from "../platform/config.ts";
import type { Log } from "../platform/log.ts";
import type { Provider } from "../providers/provider.ts";
import { changeHealth } from "./change-health.ts";
import type { ConnectionHealthStore } from "./connection-health.ts";

export type GuardDependencies = {
  readonly connection: Pick<Connection, "id" | "callTimeoutSeconds">;
  readonly health: ConnectionHealthStore;
  readonly provider: Pick<Provider, "checkKey">;
  readonly log: Log;
};

/**
 * `true` where it does, where the provider does not say, and where it is asked for the first time: then the answer is
 * kept.
 * @throws {ProviderCallError} where the provider does not answer, or refuses the key
 */
export async function isSameWorkspace(deps: GuardDependencies): Promise<boolean> {
  const { connection, health, provider, log } = deps;
  const timeoutMs = connection.callTimeoutSeconds * 1_000;
  const { workspace } = (await provider.checkKey({ timeoutMs })).body;
  if (workspace === undefined) return true;
  const known = await changeHealth(health, connection.id, (seen) =>
    seen.workspace === undefined ? { ...seen, workspace, revision: seen.revision + 1 } : seen,
  );
  const isSame = known.health.workspace === undefined || known.health.workspace === workspace;
  if (!isSame) log.error("other-workspace", { connection: connection.id });
  return isSame;
}
