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
  /** Nothing that is missing is believed to be: the key belongs to another workspace. */
  "OtherWorkspace",
  /** Records without a message that could still decide them, ended by the sweep. */
  "RequestLost",
  /** Open requests without progress for an hour. */
  "RequestStuck",
  /** Reconciliation has recorded a change that was made outside; what the provider has rewritten by itself is none. */
  "DriftRecorded",
  "DeletionRecorded",
  /** More of a scope than may happen in one interval was changed outside: it is recorded, and not healed. */
  "ScopeChangedWidely",
  /** So much of a scope is missing that somebody has to decide whether it was deleted. */
  "ScopeHalted",
  /** A run was stopped before anything was compared: the key seems to belong to another workspace. */
  "RunHalted",
  /** A run has ended with a scope that could not be reconciled. */
  "ReconciliationUnfinished",
  "HealSubmitted",
  /** The same drift came back again and again, or its heal was refused: it is left to a person. */
  "HealStopped",
  /** Slots of the rate limit that were taken: with ProviderRate, how much of it is used. */
  "ProviderCalls",
  /** The provider refused a call with 429. */
  "ProviderRateLimited",
  /** A 429, or a quota that is used up, has stopped all calls of the connection for a while. */
  "RatePaused",
  /** The limiter's table did not answer: nothing was sent. */
  "LimiterUnavailable",
] as const;

/** Durations in milliseconds. */
export const durationMetrics = [
  /** From the live read's answer to the write's: what an outside edit in between can be overwritten in. */
  "OverwriteWindow",
  /** How long ago the last run over all scopes was completed; told at each start of a run. */
  "ReconciliationAge",
  /** From reserving a slot of the rate limit until it comes. */
  "SlotWait",
] as const;

/** Rates in events per second: the value of a moment, so averages and extremes mean something and sums do not. */
export const rateMetrics = [
  /** Requests per second that the rate limit lets through now. */
  "ProviderRate",
] as const;

export type CountMetric = (typeof countMetrics)[number];
export type DurationMetric = (typeof durationMetrics)[number];
export type RateMetric = (typeof rateMetrics)[number];

export interface Metrics {
  count(metric: CountMetric, connection: string, times?: number): void;
  milliseconds(metric: DurationMetric, connection: string, value: number): void;
  perSecond(metric: RateMetric, connection: string, value: number): void;
}

export const noMetrics: Metrics = { count: nothing, milliseconds: nothing, perSecond: nothing };

function nothing(): void {
  // Metrics that nobody reads.
}
