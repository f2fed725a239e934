/** Mirrors and claims. Every write is conditional; an answer says whether it was made. */
import type { Claim, ClaimAnswer, ClaimTarget, Intent } from "./claim.ts";
import type { DefinitionKey, Mirror } from "./mirror.ts";

export interface MirrorStore {
  /** Strongly consistent; `undefined` where there is no history. */
  mirror(key: DefinitionKey): Promise<Mirror | undefined>;
  /** Takes the claim if there is none, if it is this request's, or if its lease has passed at `now` (epoch ms). */
  takeClaim(target: ClaimTarget, claim: Claim, now: number): Promise<ClaimAnswer>;
  /** `false`: the claim is no longer ours. */
  writeIntent(target: ClaimTarget, token: string, intent: Intent): Promise<boolean>;
  /** Takes an intent back that turned out to have had no effect. `false`: the claim is no longer ours. */
  clearIntent(target: ClaimTarget, token: string): Promise<boolean>;
  /**
   * Gives the claim back; nothing happens where it is no longer ours. An open intent stays.
   * `withoutHistoryAt` (epoch ms): the definition has no history, so its item may go away.
   */
  releaseClaim(
    target: ClaimTarget,
    token: string,
    options?: { readonly withoutHistoryAt?: number },
  ): Promise<void>;
}
