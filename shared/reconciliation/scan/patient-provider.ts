/**
 * A provider whose reads wait for their turn in the rate limit within the invocation, as far as that has the time.
 * Coming back for each of them would write down the pass each time, and an invocation that begins with the key's check
 * would never get to anything else where turns are rare.
 */
import type { Clock } from "../../platform/clock.ts";
import type { Answer, Provider } from "../../providers/provider.ts";
import { ProviderCallError } from "../../providers/provider-call-error.ts";

/** A longer wait (the provider has asked for a pause, say) is not worth the invocation's time. */
const LONGEST_WAIT_MS = 30_000;

/** `lastCallBy`: epoch ms by which the last call must begin. Writes are not asked for. */
export function patientProvider(provider: Provider, clock: Clock, lastCallBy: number): Provider {
  const patiently = async <T>(call: () => Promise<Answer<T>>): Promise<Answer<T>> => {
    for (;;) {
      try {
        return await call();
      } catch (error) {
        // Throttled by ourselves: nothing was sent.
        if (!(error instanceof ProviderCallError) || error.code !== "throttled") throw error;
        const waitMs = Math.max(1, error.retryAfterMs ?? 0);
        if (waitMs > LONGEST_WAIT_MS || clock.now() + waitMs > lastCallBy) throw error;
        await clock.sleep(waitMs);
      }
    }
  };
  return {
    ...provider,
    get: (id, options) => patiently(() => provider.get(id, options)),
    list: (scope, cursor, options) => patiently(() => provider.list(scope, cursor, options)),
    listScopes: (cursor, options) => patiently(() => provider.listScopes(cursor, options)),
    checkKey: (options) => patiently(() => provider.checkKey(options)),
  };
}
