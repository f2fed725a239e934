/**
 * Which version of the secret is known to open the account that is recorded? A key's account never changes; a replaced
 * key may open another one, which not every provider names, and two accounts may be called the same. So what another
 * version of the secret does not show proves nothing, until it has shown something that is known.
 */
import { changeHealth } from "./change-health.ts";
import type { ConnectionHealth, ConnectionHealthStore } from "./connection-health.ts";
import type { ConnectionKey } from "./connection-key.ts";

type KeyDependencies = {
  readonly connection: { readonly id: string };
  readonly health: ConnectionHealthStore;
  readonly key: Pick<ConnectionKey, "version">;
};

/** Not the version with which a known definition was last found; `false` before any was used. */
export function isOtherKey({ accountKeyVersion }: ConnectionHealth, keyVersion: string): boolean {
  return accountKeyVersion !== undefined && accountKeyVersion !== keyVersion;
}

/**
 * A definition was found with this version. One that was not known before does not tell whose it is: then neither
 * version is known to open the account any more.
 */
export function withFound(
  health: ConnectionHealth,
  keyVersion: string,
  { isKnown }: { readonly isKnown: boolean },
): ConnectionHealth {
  const { accountKeyVersion } = health;
  const found = isKnown || accountKeyVersion === undefined ? keyVersion : null;
  if (accountKeyVersion === keyVersion || accountKeyVersion === found) return health;
  return { ...health, accountKeyVersion: found, revision: health.revision + 1 };
}

/**
 * Costs nothing while the secret's version stays the same.
 * `admission`: the health that was read at the beginning, and the version that the calls were expected to use.
 */
export async function noteFound(
  { connection, health, key }: KeyDependencies,
  admission: { readonly health: ConnectionHealth; readonly keyVersion: string },
  found: { readonly isKnown: boolean },
): Promise<void> {
  const { keyVersion } = admission;
  if (withFound(admission.health, keyVersion, found) === admission.health) return;
  // Replaced meanwhile: which of them has shown it is not certain.
  if ((await key.version()) !== keyVersion) return;
  await changeHealth(health, connection.id, (seen) => withFound(seen, keyVersion, found), admission.health);
}
