/** When a connection that is not active is tried again, and how long messages stay away from it. All milliseconds. */
import type { ConnectionHealth } from "./connection-health.ts";

const DEGRADED = { firstMs: 10_000, growth: 1.25, longestMs: 300_000 };
const PAUSED = { firstMs: 60_000, growth: 2, longestMs: 900_000 };

const SHORTEST_WAIT_MS = 1_000;
const FIRST_LOOK_MS = 10_000;
const LONGEST_LOOK_MS = 900_000;

/**
 * From the probe number `probes` to the next one; 0: from the beginning to the first. While degraded the sum of all
 * intervals is about four times the last one, so a probe comes at most a quarter of the outage's length after its end.
 */
export function probeIntervalMs(state: "degraded" | "writes-paused" | "paused", probes: number): number {
  const { firstMs, growth, longestMs } = state === "degraded" ? DEGRADED : PAUSED;
  // 1.25^100 is far above any limit; a larger exponent would only lose precision.
  return Math.min(longestMs, Math.round(firstMs * growth ** Math.min(100, probes)));
}

/**
 * How long a message stays away that may not go on. From a pause it comes back before the next probe is due: a resume
 * or a changed secret shall be noticed at most a quarter of the pause's length later, and not after 15 minutes.
 */
export function lookAgainMs({ state, since, nextProbeAt }: ConnectionHealth, now: number): number {
  const untilProbeMs = nextProbeAt === undefined ? 0 : nextProbeAt - now;
  if (state === "active" || state === "degraded") return Math.max(SHORTEST_WAIT_MS, untilProbeMs);
  const pausedMs = since === undefined ? 0 : now - since;
  const lookMs = Math.min(LONGEST_LOOK_MS, Math.max(FIRST_LOOK_MS, Math.round(pausedMs / 4)));
  return untilProbeMs > 0 ? Math.max(SHORTEST_WAIT_MS, Math.min(untilProbeMs, lookMs)) : lookMs;
}
