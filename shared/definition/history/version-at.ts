/**
 * The version that was in effect at an instant: the last one with `effectiveAt` up to it, among those that were
 * recorded up to another. Both times rise with the version numbers, so each is found by halving.
 */

import type { Mirror } from "../mirror/mirror.ts";
import type { HistoryStore } from "./history-store.ts";
import type { StoredVersion } from "./verify-history.ts";
import type { VersionRecord } from "./version.ts";

export type Instants = {
  /** Epoch ms: what the provider held then. Absent: the last state that was known. */
  readonly asOf?: number;
  /** Epoch ms: as far as it was recorded then. Absent: all that is recorded now. */
  readonly knownAt?: number;
};

export type VersionAt =
  | {
      readonly known: true;
      readonly stored: StoredVersion;
      /** The instant lies between two looks that found different states: it may already have been the later one. */
      readonly uncertain: boolean;
    }
  /** The instant lies before the first version. */
  | { readonly known: false };

/** `head`: the last version there is. */
export async function versionAt(
  history: Pick<HistoryStore, "version">,
  head: Mirror,
  { asOf = Number.POSITIVE_INFINITY, knownAt = Number.POSITIVE_INFINITY }: Instants,
): Promise<VersionAt> {
  const read = async (version: number): Promise<StoredVersion> => {
    const stored = await history.version(head, version);
    if (stored === undefined) throw new MissingVersionError(version);
    return stored;
  };
  const lastUpTo = async (last: number, holds: (record: VersionRecord) => boolean): Promise<number> => {
    let [low, high] = [0, last];
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if (holds((await read(middle)).record)) low = middle;
      else high = middle - 1;
    }
    return low;
  };

  const known =
    head.recordedAt <= knownAt
      ? head.version
      : await lastUpTo(head.version - 1, ({ recordedAt }) => recordedAt <= knownAt);
  const found =
    known === head.version && head.effectiveAt <= asOf
      ? known
      : await lastUpTo(known, ({ effectiveAt }) => effectiveAt <= asOf);
  if (found === 0) return { known: false };
  // The intervals rise too: an instant that lies in a later one lies in the next. At its very beginning the state was seen.
  const next = found < known ? (await read(found + 1)).record : undefined;
  const uncertain = next?.occurredBetween !== undefined && next.occurredBetween[0] < asOf;
  return { known: true, stored: await read(found), uncertain };
}

/** A version below the head is not in the history: it was removed by hand. */
export class MissingVersionError extends Error {
  override name = "MissingVersionError";
  readonly version: number;

  constructor(version: number) {
    super(`version ${version} is missing`);
    this.version = version;
  }
}
