/** Writes a transition of a connection's health, whoever else writes it at the same time. */
import type { ConnectionHealth, ConnectionHealthStore } from "./connection-health.ts";

export type HealthChange =
  | { readonly kind: "written"; readonly before: ConnectionHealth; readonly health: ConnectionHealth }
  /** The transition does not apply to what is there (any more). */
  | { readonly kind: "unchanged"; readonly health: ConnectionHealth }
  /** Others were faster every time; `health` is the last that was seen. */
  | { readonly kind: "lost"; readonly health: ConnectionHealth };

const MAX_TRIES = 8;

/** `seen`: what was read before, if it was; the write demands that it is still there, and is tried anew if not. */
export async function changeHealth(
  store: ConnectionHealthStore,
  connection: string,
  transition: (health: ConnectionHealth) => ConnectionHealth,
  seen?: ConnectionHealth,
): Promise<HealthChange> {
  let before = seen ?? (await store.read(connection));
  for (let tries = 0; tries < MAX_TRIES; tries += 1) {
    const health = transition(before);
    if (health === before) return { kind: "unchanged", health };
    if (await store.write(connection, health)) return { kind: "written", before, health };
    before = await store.read(connection);
  }
  return { kind: "lost", health: before };
}
