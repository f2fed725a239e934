/** How a mirror and a claim lie in their item of the state table. */
import type { SupersededIntent } from "./claim.ts";
import type { Mirror } from "./mirror.ts";

type Item = Readonly<Record<string, unknown>>;

/** Flat, so that taking a claim over keeps an intent that an earlier holder left open. */
export const claimAttributes = {
  claimRequestId: undefined,
  claimEpoch: undefined,
  claimToken: undefined,
  claimLeaseUntil: undefined,
  claimIntent: undefined,
};

/** The mirror of an item; an item that only carries a claim has none. */
export function mirrorOf(item: Item): Mirror | undefined {
  if (item["version"] === undefined) return undefined;
  const { pk, sk, scopeKey, connectionKey, firstSeenKey, providerModifiedAt, expiresAt, ...rest } = item;
  const {
    claimRequestId,
    claimEpoch,
    claimToken,
    claimLeaseUntil,
    claimIntent,
    supersededIntents,
    ...mirror
  } = rest;
  return mirror as unknown as Mirror;
}

export function supersededOf(item: Item): readonly SupersededIntent[] {
  return (item["supersededIntents"] as SupersededIntent[] | undefined) ?? [];
}

/** An empty list is no attribute. */
export function supersededAttribute(superseded: readonly SupersededIntent[]) {
  return { supersededIntents: superseded.length > 0 ? superseded : undefined };
}
