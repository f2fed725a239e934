/**
 * Where the limiter's state is kept. Every change is one conditional write, described as data: reservations and pauses
 * are planned by pure functions, and a store only carries them out.
 */
import type { LimiterAttribute, LimiterState } from "./limiter-state.ts";

/** The sum of what `from` held before the write (0 where it is not named) and `plus`. */
export type Assignment = { readonly from?: LimiterAttribute; readonly plus: number };

/** Limits are positive; an attribute that was never written counts as 0. */
export type Condition = {
  readonly attribute: LimiterAttribute;
  readonly atLeast?: number;
  readonly atMost?: number;
  readonly below?: number;
};

/** Sets all attributes, if all conditions hold. */
export type LimiterWrite = {
  readonly set: Readonly<Partial<Record<LimiterAttribute, Assignment>>>;
  readonly conditions: readonly Condition[];
};

export type LimiterReading = {
  readonly state: LimiterState;
  /** The `Date` of the store's answer, epoch ms cut to the second; absent where it sent none. */
  readonly storeDateAt?: number;
};

export type LimiterWriteAnswer = LimiterReading & {
  /** `true`: `state` is what the write made of it. `false`: a condition did not hold, `state` is as it was. */
  readonly written: boolean;
};

/** Both reject when the store does not answer in time; a write may have happened then. */
export interface LimiterStore {
  /** Strongly consistent. */
  read(connection: string): Promise<LimiterReading>;
  write(connection: string, write: LimiterWrite): Promise<LimiterWriteAnswer>;
}

export const WRITE_TIMEOUT_MS = 1_000;
/** The first question of a new process is a read: its connection to the store is made meanwhile. */
export const READ_TIMEOUT_MS = 3_000;
