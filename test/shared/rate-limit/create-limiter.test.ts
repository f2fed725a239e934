import { describe, expect, it } from "vitest";
import { limiterWorld, worldStart } from "./limiter-world.ts";

const change = { lane: "change", slots: 1 } as const;
const pair = { lane: "change", slots: 2 } as const;

describe("slots", () => {
  it("of all processes come one interval after the other", async () => {
    const world = limiterWorld();
    const starts: number[] = [];
    for (const limiter of [world.process(), world.process(), world.process()]) {
      const answer = await limiter.reserve(change);
      if (answer.kind !== "reserved") throw new Error(answer.reason);
      starts.push(...answer.slots.map(({ startsAt }) => startsAt - worldStart));
    }
    expect(starts).toEqual([0, 100, 200]);
  });

  it("of a pair are taken in one write and follow each other", async () => {
    const world = limiterWorld();
    const limiter = world.process();
    expect(await limiter.reserve(pair)).toMatchObject({
      slots: [{ startsAt: worldStart }, { startsAt: worldStart + 100 }],
    });
    expect(await limiter.reserve(pair)).toMatchObject({
      slots: [{ startsAt: worldStart + 200 }, { startsAt: worldStart + 300 }],
    });
    expect(world.writes()).toBe(2);
  });
});
