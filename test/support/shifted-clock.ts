/**
 * Real time plus what a test lets pass: settle times, leases and days go by in an instant. The use case and the
 * simulated provider run on the same one, so that their clocks agree and a late commit comes when it is due.
 */
import type { SimulatorClock } from "../../infra/local/simulators/simulator-clock.ts";
import { type Clock, systemClock } from "../../shared/platform/clock.ts";

export type ShiftedClock = Clock &
  SimulatorClock & {
    /** Time goes on by so many milliseconds; whatever is due on the way is done in its order. */
    pass(ms: number): void;
  };

type Planned = { readonly dueAt: number; readonly run: () => void };

export function shiftedClock(): ShiftedClock {
  let shiftMs = 0;
  const planned = new Set<Planned>();
  const now = () => systemClock.now() + shiftMs;

  return {
    now,
    sleep: systemClock.sleep,

    after(delayMs, action) {
      const plan = { dueAt: now() + delayMs, run };
      const timer = setTimeout(run, delayMs);
      planned.add(plan);
      return cancel;

      function run() {
        cancel();
        action();
      }
      function cancel() {
        clearTimeout(timer);
        planned.delete(plan);
      }
    },

    pass(ms) {
      const end = now() + ms;
      for (;;) {
        const [next] = [...planned].filter(({ dueAt }) => dueAt <= end).sort((a, b) => a.dueAt - b.dueAt);
        if (next === undefined) break;
        shiftMs += Math.max(0, next.dueAt - now());
        next.run();
      }
      shiftMs += Math.max(0, end - now());
    },
  };
}
