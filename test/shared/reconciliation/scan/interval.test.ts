import { describe, expect, it } from "vitest";
import {
  creationInterval,
  type IntervalFacts,
  intervalOf,
  isMadeSince,
} from "../../../../shared/reconciliation/scan/interval.ts";

const LAG = 60_000;
const at = (minutes: number) => Date.parse("2026-11-21T10:00:00Z") + minutes * 60_000;
const stamp = (minutes: number) => ({ at: at(minutes), raw: at(minutes) });
/** Our own write at ten o'clock. */
const written = { lookedAt: at(0), effectiveAt: at(0) };
/** Taken from a list at ten o'clock. */
const baseline = { lookedAt: at(0), effectiveAt: at(0) + 5 };
const facts: IntervalFacts = {
  head: written,
  quietAt: undefined,
  lagMs: LAG,
  look: { startedAt: at(30), endedAt: at(30) + 5 },
  modified: undefined,
};
const end = at(30) + 5;

describe("the interval of an outside change", () => {
  it.each<[string, Partial<IntervalFacts>, readonly [number, number]]>([
    ["begins with the last look", {}, [at(0), end]],
    [
      "begins with the last list that did not show it, as old as that may have been",
      { quietAt: at(20) },
      [at(19), end],
    ],
    ["does not begin with a list from before our own write", { quietAt: at(0) }, [at(0), end]],
    [
      "begins earlier where the provider says so",
      { quietAt: at(20), modified: stamp(10) },
      [at(10) - 2_000, end],
    ],
    [
      "does not begin before our own write, whatever the provider says",
      { modified: stamp(-10) },
      [at(0), end],
    ],
    ["begins before a read that may have been behind", { head: baseline }, [at(-1), end]],
    [
      "begins before a read that was behind, where the provider says so",
      { head: baseline, quietAt: at(20), modified: stamp(-10) },
      [at(-10) - 2_000, end],
    ],
    [
      "knows the provider's clock",
      {
        quietAt: at(20),
        modified: stamp(15),
        look: { startedAt: at(30), endedAt: end, clockAheadMs: 300_000 },
      },
      [at(10) - 2_000, end],
    ],
    [
      "of a deletion ends with the look that first found it gone",
      { goneSince: at(25), quietAt: at(20) },
      [at(19), at(25)],
    ],
    ["of a deletion knows no later list", { goneSince: at(10), quietAt: at(20) }, [at(0), at(10)]],
  ])("%s", (_what, more, expected) => {
    expect(intervalOf({ ...facts, ...more })).toEqual(expected);
  });
});

describe("the interval of a creation", () => {
  const { look } = facts;

  it("begins with the last list without it, or earlier where the provider says so", () => {
    const known = { quietAt: at(20), lagMs: LAG, look };
    expect(creationInterval(known, stamp(25), at(0))).toEqual([at(19), end]);
    expect(creationInterval(known, stamp(10), at(0))).toEqual([at(10) - 2_000, end]);
    expect(creationInterval(known, undefined, at(0))).toEqual([at(19), end]);
  });

  it("begins with the first pass where no list is known without it", () => {
    const unknown = { quietAt: undefined, lagMs: LAG, look };
    expect(creationInterval(unknown, stamp(25), at(5))).toEqual([at(4), end]);
  });

  it("is one of what was made since the first pass; what is older had been hidden", () => {
    expect(isMadeSince(stamp(10), look, at(5), LAG)).toBe(true);
    expect(isMadeSince(stamp(5), look, at(5), LAG)).toBe(true);
    expect(isMadeSince(stamp(3), look, at(5), LAG)).toBe(false);
    expect(isMadeSince(undefined, look, at(5), LAG)).toBe(true);
  });
});
