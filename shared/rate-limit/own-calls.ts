/** What a process knows of its own calls, and has not told anybody yet. */
import type { LimiterState } from "./limiter-state.ts";
import type { LimiterWrite } from "./limiter-store.ts";
import type { RefusedCall } from "./pause.ts";

export type OwnReservation = RefusedCall & {
  /** Its slot came behind those of others, or was waited for. */
  readonly isBusy: boolean;
};

export class OwnCalls {
  #last: OwnReservation = { slotAt: 0, rate: Number.POSITIVE_INFINITY, isBusy: false };
  #accepted = 0;
  #proven = 0;

  /** The call that the next answer belongs to: a process makes one at a time. */
  get last(): OwnReservation {
    return this.#last;
  }

  get wasBusy(): boolean {
    return this.#last.isBusy;
  }

  reserved(reservation: OwnReservation): void {
    this.#last = reservation;
  }

  accepted(): void {
    this.#accepted += 1;
    if (this.#last.isBusy) this.#proven += 1;
  }

  /** The state as it is when everybody knows of these calls. */
  addedTo(state: LimiterState): LimiterState {
    return {
      ...state,
      accepted: state.accepted + this.#accepted,
      proven: state.proven + this.#proven,
    };
  }

  /** The same write with these calls in it; what it sets itself stands. Call {@link shared} when it is written. */
  ridingOn({ set, conditions }: LimiterWrite, state: LimiterState): LimiterWrite {
    if (this.#accepted === 0) return { set, conditions };
    return {
      set: {
        accepted: { from: "accepted", plus: this.#accepted },
        ...(this.#proven > 0 && { proven: { from: "proven", plus: this.#proven } }),
        // Something was accepted: it is no storm.
        ...(state.strikes > 0 && { strikes: { plus: 0 } }),
        ...set,
      },
      conditions,
    };
  }

  shared(): void {
    this.#accepted = 0;
    this.#proven = 0;
  }
}
