/** The limiter's state in memory, for simulation and tests; conditions and effects are those of DynamoDB's. */
import type { LimiterAttribute, LimiterState } from "../../../shared/rate-limit/limiter-state.ts";
import type { LimiterStore } from "../../../shared/rate-limit/limiter-store.ts";
import { untouchedState } from "../../support/untouched-limiter.ts";

export type MemoryLimiterStore = LimiterStore & {
  /** By connection. */
  readonly states: ReadonlyMap<string, LimiterState>;
  /** How often it was written to, or refused to be: each costs a write. */
  readonly writes: () => number;
};

/** `dateAt`: the store's own clock, epoch ms; without one its answers have no date. */
export function createMemoryLimiterStore(dateAt?: () => number): MemoryLimiterStore {
  const states = new Map<string, LimiterState>();
  let writes = 0;
  const stateOf = (connection: string): LimiterState => states.get(connection) ?? untouchedState;
  const date = () => (dateAt === undefined ? {} : { storeDateAt: Math.floor(dateAt() / 1_000) * 1_000 });
  return {
    states,
    writes: () => writes,

    async read(connection) {
      return { state: stateOf(connection), ...date() };
    },

    async write(connection, { set, conditions }) {
      writes += 1;
      const before = stateOf(connection);
      const holds = conditions.every(
        ({ attribute, atLeast, atMost, below }) =>
          (atLeast === undefined || before[attribute] >= atLeast) &&
          (atMost === undefined || before[attribute] <= atMost) &&
          (below === undefined || before[attribute] < below),
      );
      if (!holds) return { written: false, state: before, ...date() };
      const after = Object.freeze({
        ...before,
        ...Object.fromEntries(
          Object.entries(set).map(([attribute, { from, plus }]) => [
            attribute as LimiterAttribute,
            (from === undefined ? 0 : before[from]) + plus,
          ]),
        ),
      });
      states.set(connection, after);
      return { written: true, state: after, ...date() };
    },
  };
}
