/** What every implementation of {@link LimiterStore} keeps to. */
import { randomUUID } from "node:crypto";
import { describe, expect, it } from "vitest";
import type { LimiterStore, LimiterWrite } from "../../shared/rate-limit/limiter-store.ts";
import { untouchedState } from "../support/untouched-limiter.ts";
import { now } from "./stores-under-test.ts";

const at = now * 1_000;
const setting = (set: LimiterWrite["set"]): LimiterWrite => ({ set, conditions: [] });

export function limiterStoreContract(store: () => LimiterStore): void {
  describe("a connection's rate limit", () => {
    it("is untouched where nothing was written", async () => {
      expect((await store().read(randomUUID())).state).toEqual(untouchedState);
    });

    it("is what was written, and of one connection only", async () => {
      const connection = randomUUID();
      const after = { ...untouchedState, tat: at + 1, rate: 0.1 + 0.2 };
      expect(
        await store().write(connection, setting({ tat: { plus: at + 1 }, rate: { plus: 0.1 + 0.2 } })),
      ).toMatchObject({
        written: true,
        state: after,
      });
      expect((await store().read(connection)).state).toEqual(after);
      expect((await store().read(randomUUID())).state).toEqual(untouchedState);
    });

    it("adds to what there was, to the microsecond", async () => {
      const connection = randomUUID();
      await store().write(connection, setting({ tat: { plus: at } }));
      const { state } = await store().write(
        connection,
        setting({
          tat: { from: "tat", plus: 333_333 },
          scanTat: { from: "tat", plus: 7 },
          proven: { from: "proven", plus: 2 },
        }),
      );
      // All sums are over what there was before the write.
      expect(state).toEqual({ ...untouchedState, tat: at + 333_333, scanTat: at + 7, proven: 2 });
    });

    it.each([
      ["at least less", { atLeast: at - 1 }, true],
      ["at least as much", { atLeast: at }, true],
      ["at least more", { atLeast: at + 1 }, false],
      ["at most less", { atMost: at - 1 }, false],
      ["at most as much", { atMost: at }, true],
      ["at most more", { atMost: at + 1 }, true],
      ["below less", { below: at - 1 }, false],
      ["below as much", { below: at }, false],
      ["below more", { below: at + 1 }, true],
      ["a range around it", { atLeast: at, atMost: at }, true],
      ["a range beside it", { atLeast: at + 1, atMost: at + 2 }, false],
    ])("is written where it must be %s: %j", async (_what, condition, written) => {
      const connection = randomUUID();
      await store().write(connection, setting({ tat: { plus: at } }));
      const write: LimiterWrite = {
        set: { tat: { from: "tat", plus: 5 } },
        conditions: [{ attribute: "tat", ...condition }],
      };
      const state = { ...untouchedState, tat: written ? at + 5 : at };
      expect(await store().write(connection, write)).toMatchObject({ written, state });
      expect((await store().read(connection)).state).toEqual(state);
    });

    it.each([
      [{ atLeast: 1 }, false],
      [{ atMost: at }, true],
      [{ below: at }, true],
    ])("counts as 0 where nothing was written: %j", async (condition, written) => {
      for (const first of [setting({ proven: { plus: 1 } }), undefined]) {
        const connection = randomUUID();
        if (first !== undefined) await store().write(connection, first);
        const conditions = [{ attribute: "tat" as const, ...condition }];
        const answer = await store().write(connection, {
          set: { tat: { from: "tat", plus: 3 } },
          conditions,
        });
        expect(answer.written).toBe(written);
        expect(answer.state.tat).toBe(written ? 3 : 0);
      }
    });

    it("is written only if all conditions hold", async () => {
      const connection = randomUUID();
      await store().write(connection, setting({ tat: { plus: at }, scanTat: { plus: at } }));
      const write = (scanTat: number) =>
        store().write(connection, {
          set: { tat: { from: "tat", plus: 1 } },
          conditions: [
            { attribute: "tat", atLeast: at, atMost: at + 10 },
            { attribute: "scanTat", atMost: scanTat },
          ],
        });
      expect(await write(at - 1)).toMatchObject({ written: false, state: { tat: at } });
      expect(await write(at)).toMatchObject({ written: true, state: { tat: at + 1 } });
    });

    it("loses none of many writes at the same time", async () => {
      const connection = randomUUID();
      const take = (): LimiterWrite => ({
        set: { tat: { from: "tat", plus: 1 } },
        conditions: [{ attribute: "tat", below: 12 }],
      });
      const answers = await Promise.all(Array.from({ length: 20 }, () => store().write(connection, take())));
      const taken = answers.filter(({ written }) => written).map(({ state }) => state.tat);
      expect(taken.sort((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
      expect(answers.filter(({ written }) => !written).map(({ state }) => state.tat)).toEqual(
        Array(8).fill(12),
      );
    });
  });
}
