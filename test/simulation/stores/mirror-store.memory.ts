/** Mirrors and claims in memory, for simulation and tests; conditions and effects are those of DynamoDB's. */
import type { Claim, ClaimAnswer, ClaimTarget } from "../../../shared/definition/mirror/claim.ts";
import type { Mirror } from "../../../shared/definition/mirror/mirror.ts";
import type { FoundOptions, MirrorStore } from "../../../shared/definition/mirror/mirror-store.ts";
import { frozenCopy } from "./frozen-copy.ts";
import { definitionId, type MemoryTables, type TargetItem, targetId } from "./memory-tables.ts";

/** An item that only carried a claim may go after a day. */
const CLAIM_ONLY_ITEM_TTL_SECONDS = 86_400;

export function createMemoryMirrorStore({ targets }: Pick<MemoryTables, "targets">): MirrorStore {
  /** Changes the item whose claim has this token; `false` where there is none. */
  const underClaim = (
    target: ClaimTarget,
    token: string,
    changed: (item: TargetItem) => TargetItem,
  ): boolean => {
    const id = targetId(target);
    const item = targets.get(id);
    if (item?.claim?.token !== token) return false;
    targets.set(id, frozenCopy(changed(item)));
    return true;
  };

  return {
    async mirror(key) {
      return targets.get(definitionId(key))?.mirror;
    },

    async takeClaim(target, claim, now) {
      const id = targetId(target);
      const item = targets.get(id) ?? { target };
      const held = item.claim;
      if (held !== undefined && held.token !== claim.token && held.leaseUntil >= now) {
        return { taken: false, heldUntil: held.leaseUntil };
      }
      const { expiresAt, ...kept } = item;
      targets.set(id, frozenCopy({ ...kept, claim }));
      return claimAnswer(item, claim);
    },

    async writeIntent(target, token, intent, superseded) {
      return underClaim(target, token, (item) => ({ ...item, intent, ...(superseded && { superseded }) }));
    },

    async clearIntent(target, token) {
      return underClaim(target, token, ({ intent, ...item }) => item);
    },

    async noteFound(target, token, found) {
      return underClaim(target, token, ({ mirror, ...item }) => ({
        ...item,
        ...(mirror && { mirror: withFound(mirror, found) }),
      }));
    },

    async releaseClaim(target, token, { withoutHistoryAt, superseded, ...found } = {}) {
      underClaim(target, token, ({ claim, intent, mirror, ...item }) => {
        const released: TargetItem = {
          ...item,
          ...(mirror && { mirror: withFound(mirror, found) }),
          ...(superseded === undefined ? intent && { intent } : { superseded }),
        };
        const mayExpire = released.mirror === undefined && released.intent === undefined;
        if (withoutHistoryAt === undefined || !mayExpire) return released;
        const expiresAt = Math.ceil(withoutHistoryAt / 1_000) + CLAIM_ONLY_ITEM_TTL_SECONDS;
        return { ...released, expiresAt };
      });
    },

    async intents(target) {
      const { intent, superseded = [] } = targets.get(targetId(target)) ?? {};
      return { ...(intent && { open: intent }), superseded };
    },
  };
}

function withFound(mirror: Mirror, { isFound, ...noted }: FoundOptions): Mirror {
  if (!isFound) return { ...mirror, ...noted };
  const { missingSince, deletionWanted, ...found } = { ...mirror, ...noted };
  return found;
}

/** What the item held before the claim was taken. */
function claimAnswer({ mirror, intent, claim: before, superseded }: TargetItem, claim: Claim): ClaimAnswer {
  const isAbandoned = before !== undefined && before.token !== claim.token;
  return {
    taken: true,
    ...(mirror && { mirror }),
    ...(intent && { openIntent: intent }),
    ...(isAbandoned && {
      abandoned: { requestId: before.requestId, epoch: before.epoch, token: before.token },
    }),
    superseded: superseded ?? [],
  };
}
