/**
 * Which version of the secret is known to open the account that is recorded? A key's account never changes; a replaced
 * key may open another one, which not every provider names, and two accounts may be called the same. So what another
 * version of the secret does not show proves nothing, until it has shown something that was known before.
 */
import type { Mirror } from "../definition/mirror/mirror.ts";
import type { MirrorLists } from "../definition/mirror/mirror-lists.ts";
import type { Clock } from "../platform/clock.ts";
import { changeHealth } from "./change-health.ts";
import type { ConnectionHealth, ConnectionHealthStore } from "./connection-health.ts";
import type { ConnectionKey } from "./connection-key.ts";

/** The health that was read at the beginning, and the secret's version that the calls are expected to use. */
type KeyInUse = { readonly health: ConnectionHealth; readonly keyVersion: string };

type HealthOfConnection = {
  readonly connection: { readonly id: string };
  readonly health: ConnectionHealthStore;
};

/** Of so many definitions, those that were seen first are asked for. */
const MAX_SAMPLED_FROM = 100;

/** Not the version that is known to open the account; `false` before any was used. */
export function isOtherKey({ accountKeyVersion }: ConnectionHealth, keyVersion: string): boolean {
  return accountKeyVersion !== undefined && accountKeyVersion !== keyVersion;
}

/**
 * Does a definition show, where it is found, that the key opens the account? What was first met since a key is in use of
 * which that is not known may be the other account's, and what is missing already tells little.
 */
export function isProof(
  { otherKeySince = Number.POSITIVE_INFINITY }: ConnectionHealth,
  mirror: Pick<Mirror, "deleted" | "missingSince" | "firstSeenAt">,
): boolean {
  return isPresent(mirror) && mirror.firstSeenAt < otherKeySince;
}

/** Where none is, there is nothing that another key could fail to show. */
export function isPresent({ deleted, missingSince }: Pick<Mirror, "deleted" | "missingSince">): boolean {
  return !deleted && missingSince === undefined;
}

/** `keyVersion` is known to open the account. */
export function withAccountKey(health: ConnectionHealth, keyVersion: string): ConnectionHealth {
  const { accountKeyVersion, otherKeySince, ...kept } = health;
  if (accountKeyVersion === keyVersion) return health;
  return { ...kept, accountKeyVersion: keyVersion, revision: health.revision + 1 };
}

/**
 * The known key is in use for so long that what another one may have brought in would have been missed. From now on
 * all that is known is proof.
 */
export function withoutOtherKey(health: ConnectionHealth): ConnectionHealth {
  const { otherKeySince, ...kept } = health;
  return otherKeySince === undefined ? health : { ...kept, revision: health.revision + 1 };
}

/**
 * As {@link withAccountKey}, because nothing is known that could speak against it. What was found missing before `now`
 * (epoch ms) has to be missed with this key.
 */
export function withNewAccountKey(
  health: ConnectionHealth,
  keyVersion: string,
  now: number,
): ConnectionHealth {
  const known = withAccountKey(health, keyVersion);
  return known === health ? health : { ...known, accountSince: now };
}

/** Before a version is used of which nothing is known. Costs nothing while it stays the same. */
export async function noteOtherKey(
  {
    connection,
    health,
    mirrorLists,
    clock,
  }: HealthOfConnection & { readonly mirrorLists: MirrorLists; readonly clock: Pick<Clock, "now"> },
  { health: seen, keyVersion }: KeyInUse,
): Promise<ConnectionHealth> {
  if (seen.accountKeyVersion === undefined) {
    const first = (before: ConnectionHealth): ConnectionHealth =>
      before.accountKeyVersion === undefined ? withAccountKey(before, keyVersion) : before;
    return (await changeHealth(health, connection.id, first, seen)).health;
  }
  if (!isOtherKey(seen, keyVersion) || seen.otherKeySince !== undefined) return seen;
  const { mirrors } = await mirrorLists.list({ connection: connection.id }, {}, undefined, MAX_SAMPLED_FROM);
  const isProvable = mirrors.some(isPresent);
  const now = clock.now();
  const transition = (before: ConnectionHealth): ConnectionHealth => {
    if (!isOtherKey(before, keyVersion) || before.otherKeySince !== undefined) return before;
    if (!isProvable) return withNewAccountKey(before, keyVersion, now);
    return { ...before, otherKeySince: now, revision: before.revision + 1 };
  };
  return (await changeHealth(health, connection.id, transition, seen)).health;
}

/** A read has shown a definition that was known. */
export async function noteFound(
  { connection, health, key }: HealthOfConnection & { readonly key: Pick<ConnectionKey, "version"> },
  { health: seen, keyVersion }: KeyInUse,
  found: Mirror,
): Promise<void> {
  if (!isOtherKey(seen, keyVersion) || !isProof(seen, found)) return;
  // Replaced meanwhile: which of them has shown it is not certain.
  if ((await key.version()) !== keyVersion) return;
  await changeHealth(health, connection.id, (before) => withAccountKey(before, keyVersion), seen);
}
