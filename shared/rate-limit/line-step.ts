/**
 * How one write moves a line. DynamoDB's expressions have no maximum, so there are two forms. Busy: slots behind those
 * of others, `tat + n x T`. Idle: slots from now on, `now + n x T`. Their conditions make sure that the form fits.
 */
import type { LimiterState } from "./limiter-state.ts";
import type { LimiterWrite } from "./limiter-store.ts";
import type { Line } from "./limits.ts";

export type LineStep = Pick<LimiterWrite, "set" | "conditions">;

type LineName = "tat" | "minuteTat";

/** The line's end lies between `since` and `latest`. */
export function busyStep(attribute: LineName, since: number, latest: number, plus: number): LineStep {
  return {
    set: { [attribute]: { from: attribute, plus } },
    conditions: [{ attribute, atLeast: since, atMost: latest }],
  };
}

export function idleStep(attribute: LineName, now: number, plus: number): LineStep {
  return { set: { [attribute]: { plus: now + plus } }, conditions: [{ attribute, below: now }] };
}

/**
 * The same write moves the line of the limit per minute, by at least as much as the first line: so it is never before
 * it, no slot lies behind its place in it, and it is idle only where the first one is.
 */
export function minuteStep(
  { minuteTat }: LimiterState,
  minute: Line,
  slots: number,
  first: {
    readonly isBusy: boolean;
    readonly since: number;
    readonly now: number;
    readonly latest: number;
    readonly intervalUs: number;
  },
): LineStep {
  const plus = slots * Math.max(minute.intervalUs, first.intervalUs);
  const since = first.isBusy ? first.since : first.now;
  if (minuteTat >= since) return busyStep("minuteTat", since, first.latest, plus);
  if (!first.isBusy) return idleStep("minuteTat", first.now, plus);
  // The limit per minute was configured while the first line was busy: it begins behind all slots that are taken.
  return {
    set: { minuteTat: { plus: first.latest + plus } },
    conditions: [{ attribute: "minuteTat", below: since }],
  };
}
