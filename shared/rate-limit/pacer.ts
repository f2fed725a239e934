/** Keeps the deliveries of one connection within its rate limit; what this process has learned of its reads lives here. */
import type { Clock } from "../platform/clock.ts";
import type { Provider } from "../providers/provider.ts";
import { CallSlots } from "./call-slots.ts";
import type { Lane, Limiter } from "./limiter.ts";
import { pacedProvider } from "./paced-provider.ts";
import { ReadSpan } from "./read-span.ts";

/** What an invocation needs after its last call: to write down what the call came to. */
const NOTE_CALL_MS = 5_000;

export interface Pacer {
  /** For one delivery. `endsAt`: epoch ms at which its invocation is killed. */
  begin(provider: Provider, endsAt: number): { readonly slots: CallSlots; readonly provider: Provider };
}

export function createPacer({
  limiter,
  clock,
  lane,
  callTimeoutMs,
}: {
  readonly limiter: Limiter;
  readonly clock: Clock;
  readonly lane: Lane;
  readonly callTimeoutMs: number;
}): Pacer {
  const readSpan = new ReadSpan();
  return {
    begin(provider, invocationEndsAt) {
      const endsAt = invocationEndsAt - NOTE_CALL_MS;
      const lastCallBy = endsAt - callTimeoutMs;
      const slots = new CallSlots({ limiter, clock, lane, readSpan, lastCallBy });
      return { slots, provider: pacedProvider(provider, { slots, limiter, clock, endsAt }) };
    },
  };
}
