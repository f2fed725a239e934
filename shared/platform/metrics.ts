/**
 * What the system counts about itself. Every metric has the connection as its only dimension; no name, text or id
 * of anybody is ever one.
 */

/** Things that happen; alarms sum them up. */
export const countMetrics = [
  /** Requests by their end: one name each, so that an alarm needs no search. */
  "RequestApplied",
  "RequestUnchanged",
  "RequestConflict",
  "RequestRejected",
  "RequestCancelled",
  "RequestFailed",
  /** An operator's retry has reopened a failed request. */
  "RequestRetried",
  /** `failed`, because it could not be found out whether a write happened. */
  "OutcomeUnknown",
  /** A message whose request already had its outcome. */
  "DuplicateMessageDropped",
  /** A message was sent to the dead-letter queue. */
  "DeadLetterSent",
  /** An unanswered write was found to have happened. */
  "WriteAdopted",
  /** The effect of a write that had been given up, or was believed not to have happened, showed up. */
  "LateEffect",
  /** A create left more than one definition behind. */
  "SuspectedDuplicate",
  "ConnectionDegraded",
  "ConnectionPaused",
  /** Records without a message that could still decide them, ended by the sweep. */
  "RequestLost",
  /** Open requests without progress for an hour. */
  "RequestStuck",
] as const;

/** Durations in milliseconds. */
export const durationMetrics = [
  /** From the live read's answer to the write's: what an outside edit in between can be overwritten in. */
  "OverwriteWindow",
] as const;

export type CountMetric = (typeof countMetrics)[number];
export type DurationMetric = (typeof durationMetrics)[number];

export interface Metrics {
  count(metric: CountMetric, connection: string, times?: number): void;
  milliseconds(metric: DurationMetric, connection: string, value: number): void;
}

export const noMetrics: Metrics = { count: nothing, milliseconds: nothing };

function nothing(): void {
  // Metrics that nobody reads.
}
