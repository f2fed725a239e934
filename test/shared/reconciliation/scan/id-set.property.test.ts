import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { IdSet } from "../../../../shared/reconciliation/scan/id-set.ts";
import { newPass } from "../../../../shared/reconciliation/scan/pass.ts";
import { bytesOfPass, passOfBytes } from "../../../../shared/reconciliation/scan/pass-bytes.ts";

const ids = fc.array(fc.string({ unit: "grapheme" }), { maxLength: 40 });

describe("a set of ids", () => {
  it("is what sets are, and comes back from its bytes", () => {
    fc.assert(
      fc.property(ids, ids, (some, others) => {
        const [a, b] = [IdSet.of(some), IdSet.of(others)];
        const kept = IdSet.fromBytes(a.toBytes());
        expect(kept.size).toBe(new Set(some).size);
        for (const id of [...some, ...others]) {
          expect(kept.has(id)).toBe(some.includes(id));
          expect(a.with(b).has(id)).toBe(true);
          expect(a.without(b).has(id)).toBe(some.includes(id) && !others.includes(id));
        }
        expect(a.toBytes()).toEqual(IdSet.of(some.toReversed()).toBytes());
      }),
    );
  });

  it("says whether an id is new", () => {
    const set = IdSet.of(["a"]);
    expect([set.add("a"), set.add("b"), set.add("b")]).toEqual([false, true, false]);
    expect(set.size).toBe(2);
  });
});

describe("a pass", () => {
  it("comes back from its bytes", () => {
    fc.assert(
      fc.property(ids, ids, fc.string({ unit: "grapheme" }), (seen, unsettled, cursor) => {
        const pass = {
          ...newPass(7),
          cursor,
          seen: IdSet.of(seen),
          unsettled: IdSet.of(unsettled),
          doubtful: { [cursor]: null },
          questions: [{ definitionId: cursor, kind: "missing" as const }],
        };
        const kept = passOfBytes(bytesOfPass(pass));
        expect(bytesOfPass(kept)).toEqual(bytesOfPass(pass));
        expect(kept).toMatchObject({ cursor, startedAt: 7, questions: pass.questions });
        expect(seen.every((id) => kept.seen.has(id))).toBe(true);
        expect(kept.unsettled.size).toBe(new Set(unsettled).size);
      }),
    );
  });
});
