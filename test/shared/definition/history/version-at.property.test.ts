import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { StoredVersion } from "../../../../shared/definition/history/verify-history.ts";
import type { VersionRecord } from "../../../../shared/definition/history/version.ts";
import { MissingVersionError, versionAt } from "../../../../shared/definition/history/version-at.ts";
import type { Mirror } from "../../../../shared/definition/mirror/mirror.ts";

/** Histories whose two times rise as ours do: `recordedAt` strictly, `effectiveAt` within its bounds. */
const histories = fc
  .array(
    fc.record({
      step: fc.integer({ min: 1, max: 9 }),
      lag: fc.integer({ min: 0, max: 20 }),
      outside: fc.boolean(),
    }),
    {
      minLength: 1,
      maxLength: 40,
    },
  )
  .map((steps) => {
    const records: VersionRecord[] = [];
    for (const { step, lag, outside } of steps) {
      const last = records.at(-1);
      const recordedAt = (last?.recordedAt ?? 0) + step;
      const effectiveAt = Math.min(recordedAt, Math.max(last?.effectiveAt ?? 0, recordedAt - lag));
      const occurredBetween =
        outside && last !== undefined ? ([last.recordedAt, recordedAt] as const) : undefined;
      records.push({
        version: records.length + 1,
        recordedAt,
        effectiveAt,
        ...(occurredBetween && { occurredBetween }),
      } as VersionRecord);
    }
    return records;
  });

const store = (records: readonly VersionRecord[]) => {
  let reads = 0;
  return {
    reads: () => reads,
    async version(_key: unknown, version: number) {
      reads += 1;
      const record = records[version - 1];
      return record && ({ record } as StoredVersion);
    },
  };
};
const instant = fc.option(fc.integer({ min: 0, max: 400 }), { nil: undefined });

describe("the version at an instant", () => {
  it("is the one that a look at all of them finds, in few reads", async () => {
    await fc.assert(
      fc.asyncProperty(histories, instant, instant, async (records, asOf, knownAt) => {
        const known = records.filter(({ recordedAt }) => recordedAt <= (knownAt ?? Number.POSITIVE_INFINITY));
        const inEffect = known.filter(({ effectiveAt }) => effectiveAt <= (asOf ?? Number.POSITIVE_INFINITY));
        const expected = inEffect.at(-1);
        const uncertain = known
          .slice(inEffect.length)
          .some(
            ({ occurredBetween: [from, to] = [1, 0] }) => asOf !== undefined && from < asOf && asOf <= to,
          );

        const history = store(records);
        const found = await versionAt(history, records.at(-1) as unknown as Mirror, {
          ...(asOf !== undefined && { asOf }),
          ...(knownAt !== undefined && { knownAt }),
        });
        expect(found).toEqual(
          expected === undefined
            ? { known: false }
            : { known: true, stored: { record: expected }, uncertain },
        );
        expect(history.reads()).toBeLessThanOrEqual(2 * Math.ceil(Math.log2(records.length + 1)) + 2);
      }),
    );
  });

  it("is not guessed where a version is missing", async () => {
    const records = [1, 2, 3].map(
      (at) => ({ version: at, recordedAt: at, effectiveAt: at }) as VersionRecord,
    );
    const head = records[2] as unknown as Mirror;
    const history = { version: async () => undefined };
    await expect(versionAt(history, head, { asOf: 1 })).rejects.toThrow(MissingVersionError);
  });
});
