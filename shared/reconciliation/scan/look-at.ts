/** One look at a definition, by its id. */

import type { Look, ObservedState } from "../../definition/history/version.ts";
import { stateOf } from "../../definition/mirror/observed-state.ts";
import type { JsonObject } from "../../platform/json.ts";
import { ProviderCallError } from "../../providers/provider-call-error.ts";
import type { ScopeScan } from "./scope-scan.ts";

export type Seen =
  | {
      readonly kind: "live";
      readonly live: ObservedState;
      /** The whole document. */
      readonly document: JsonObject;
      readonly look: Look;
    }
  /** 404, 410, or marked as deleted. */
  | { readonly kind: "gone"; readonly look: Look };

/** @throws {ProviderCallError} where the answer tells nothing */
export async function lookAt(
  { deps, provider, callOptions }: ScopeScan,
  definitionId: string,
): Promise<Seen> {
  const startedAt = deps.clock.now();
  try {
    const { body, receipt } = await provider.get(definitionId, callOptions);
    const live = stateOf(body, provider.dialect);
    const look = lookSince(deps, startedAt, receipt.clockAheadMs);
    return live.deleted ? { kind: "gone", look } : { kind: "live", live, document: body.value, look };
  } catch (error) {
    if (!(error instanceof ProviderCallError) || error.code !== "not-found") throw error;
    return { kind: "gone", look: lookSince(deps, startedAt, error.receipt?.clockAheadMs) };
  }
}

export function lookSince(
  { clock }: Pick<ScopeScan["deps"], "clock">,
  startedAt: number,
  clockAheadMs: number | undefined,
): Look {
  return { startedAt, endedAt: clock.now(), ...(clockAheadMs !== undefined && { clockAheadMs }) };
}
