/** Time that passes only when somebody waits, or is told to pass: days of reconciliation go by in an instant. */
import type { SimulatorClock } from "../../../infra/local/simulators/simulator-clock.ts";
import type { Clock } from "../../../shared/platform/clock.ts";

type Planned = { readonly dueAt: number; readonly action: () => void };

export type PassingClock = Clock &
  SimulatorClock & {
    /** What is due on the way is done in its order. */
    pass(ms: number): void;
  };

export function passingClock(start = Date.parse("2026-11-21T10:00:00.000Z")): PassingClock {
  let now = start;
  const planned = new Set<Planned>();
  const pass = (ms: number): void => {
    const end = now + ms;
    for (;;) {
      const [next] = [...planned].filter(({ dueAt }) => dueAt <= end).sort((a, b) => a.dueAt - b.dueAt);
      if (next === undefined) break;
      planned.delete(next);
      now = Math.max(now, next.dueAt);
      next.action();
    }
    now = Math.max(now, end);
  };
  return {
    now: () => now,
    pass,
    async sleep(ms) {
      pass(ms);
    },
    after(delayMs, action) {
      const plan = { dueAt: now + delayMs, action };
      planned.add(plan);
      return () => planned.delete(plan);
    },
  };
}
