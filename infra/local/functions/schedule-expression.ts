/** The schedule expressions of EventBridge Scheduler that this system uses. */
import { TemplateError } from "../template/template.ts";

export type Schedule =
  | { readonly kind: "rate"; readonly everyMs: number }
  /** Once a day at a time in UTC. */
  | { readonly kind: "daily"; readonly hour: number; readonly minute: number };

const unitMs = { minute: 60_000, hour: 3_600_000, day: 86_400_000 } as const;

/** @throws {TemplateError} for an expression that is not known here */
export function parseSchedule(expression: string): Schedule {
  const rate = /^rate\(([1-9][0-9]*) (minute|hour|day)s?\)$/.exec(expression);
  if (rate !== null) {
    return { kind: "rate", everyMs: Number(rate[1]) * unitMs[rate[2] as keyof typeof unitMs] };
  }
  const daily = /^cron\(([0-9]{1,2}) ([0-9]{1,2}) (?:\* \* \?|\? \* \*) \*\)$/.exec(expression);
  const [minute, hour] = [Number(daily?.[1]), Number(daily?.[2])];
  if (minute < 60 && hour < 24) return { kind: "daily", hour, minute };
  throw new TemplateError(`the schedule expression ${expression} is not known`);
}

/** Milliseconds from `now` (epoch ms) to the next run; at least 1. The first rate run is one interval away. */
export function untilNextMs(schedule: Schedule, now: number): number {
  if (schedule.kind === "rate") return schedule.everyMs;
  const next = new Date(now);
  next.setUTCHours(schedule.hour, schedule.minute, 0, 0);
  return next.getTime() > now ? next.getTime() - now : next.getTime() + unitMs.day - now;
}
