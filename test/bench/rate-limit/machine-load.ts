/** Whether the machine had time for what was measured on it; others may use it as well. */
import { cpus } from "node:os";
import { monitorEventLoopDelay } from "node:perf_hooks";

export type MachineLoad = {
  /** Share of the cores' time that was used, between 0 and 1, by everything that runs. */
  readonly busy: number;
  /** 99th percentile of how late a timer of this process was, milliseconds. */
  readonly timerLagMs: number;
};

const TIMER_EVERY_MS = 10;

/** The load from now until the answer is called. */
export function meterMachine(): () => MachineLoad {
  const before = coreTimes();
  const lag = monitorEventLoopDelay({ resolution: TIMER_EVERY_MS });
  lag.enable();
  return () => {
    lag.disable();
    const after = coreTimes();
    return {
      busy: 1 - (after.idle - before.idle) / Math.max(1, after.all - before.all),
      timerLagMs: Math.max(0, lag.percentile(99) / 1e6 - TIMER_EVERY_MS),
    };
  };
}

function coreTimes(): { idle: number; all: number } {
  const times = cpus().map((core) => core.times);
  const idle = times.reduce((sum, each) => sum + each.idle, 0);
  return { idle, all: times.reduce((sum, each) => sum + each.user + each.nice + each.sys + each.irq, idle) };
}
