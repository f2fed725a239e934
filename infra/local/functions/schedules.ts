/** Plays `AWS::Scheduler::Schedule`: invokes a function with the schedule's input, again and again. */
import { type Schedule, untilNextMs } from "./schedule-expression.ts";

export type ScheduledInvocation = {
  readonly name: string;
  readonly schedule: Schedule;
  /** Called at each time; a run that fails is reported by the caller, and the next one comes all the same. */
  readonly run: () => Promise<void>;
};

/** @returns stops all of them; what runs goes on to its end */
export function startSchedules(schedules: readonly ScheduledInvocation[]): () => void {
  const timers = new Map<string, NodeJS.Timeout>();
  const arm = (scheduled: ScheduledInvocation): void => {
    const timer = setTimeout(
      () => {
        arm(scheduled);
        void scheduled.run();
      },
      untilNextMs(scheduled.schedule, Date.now()),
    );
    timers.set(scheduled.name, timer.unref());
  };
  for (const scheduled of schedules) arm(scheduled);
  return () => {
    for (const timer of timers.values()) clearTimeout(timer);
  };
}
