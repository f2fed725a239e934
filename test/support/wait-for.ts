import { setTimeout as delay } from "node:timers/promises";

const pollMs = 20;

/**
 * Asks again and again until the condition gives a truthy value, and returns that. A condition that throws counts
 * as "not yet". Fails after `timeoutMs`, naming `what` was waited for and what the condition gave last.
 */
export async function waitFor<Value>(
  condition: () => Value | Promise<Value>,
  { timeoutMs, what }: { timeoutMs: number; what: string },
): Promise<Exclude<Value, undefined | null | false | 0 | "">> {
  const deadline = performance.now() + timeoutMs;
  let last: unknown;
  do {
    try {
      const value = await condition();
      if (value) return value as Exclude<Value, undefined | null | false | 0 | "">;
      last = value;
    } catch (error) {
      last = error;
    }
    await delay(pollMs);
  } while (performance.now() < deadline);
  throw new Error(`Waited ${timeoutMs} ms in vain for ${what} (last: ${last})`, { cause: last });
}
