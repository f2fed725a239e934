import { describe, expect, it } from "vitest";
import { type KnownScope, unknownScope } from "../../../../shared/reconciliation/run/known-scope.ts";
import { noCounts } from "../../../../shared/reconciliation/run/run.ts";
import { IdSet } from "../../../../shared/reconciliation/scan/id-set.ts";
import {
  afterPass,
  answered,
  leaving,
  newPass,
  type Pass,
  withQuestions,
} from "../../../../shared/reconciliation/scan/pass.ts";
import { positionOf } from "../../../../shared/reconciliation/scan/question.ts";

const known = unknownScope({ connection: "retell", scope: "s" });
const end = { runId: "run", isChangedWidely: false };
const pass = (more: Partial<Pass> = {}): Pass => ({ ...newPass(1_000), ...more });
const counts = (more: Partial<typeof noCounts>) => ({ counts: { ...noCounts, ...more } });

describe("a pass", () => {
  it("asks fifty questions and leaves the others, whenever they were found", () => {
    const questions = Array.from({ length: 60 }, (_, index) => ({
      definitionId: `d${index}`,
      kind: "new" as const,
    }));
    const after = withQuestions(
      withQuestions(pass(), questions.slice(0, 30), known),
      questions.slice(30),
      known,
    );
    expect(after.questions).toHaveLength(50);
    expect(after.counts.left).toBe(10);
    expect(after.unsettled.size).toBe(10);
    for (const { definitionId } of questions) {
      const isAsked = after.questions.some((one) => one.definitionId === definitionId);
      expect(after.unsettled.has(definitionId)).toBe(!isAsked);
    }
  });

  it("knows whose turn it was", () => {
    const asking = pass({
      questions: [
        { definitionId: "a", kind: "new" },
        { definitionId: "b", kind: "new" },
      ],
    });
    const after = answered(asking);
    expect(after.questions).toEqual([{ definitionId: "b", kind: "new" }]);
    expect(after.askedUpTo).toBe(positionOf("a"));
    expect(answered(pass())).toEqual(pass());
  });
});

describe("what is known after a pass", () => {
  it("that left nothing: all of it is settled, and the first pass is over", () => {
    const after = afterPass(
      known,
      pass({ seen: IdSet.of(["a"]), ...counts({ listed: 3, missing: 1 }) }),
      end,
    );
    expect(after).toMatchObject({
      firstCompletedAt: 1_000,
      lastCompletedRunId: "run",
      lastReconciledAt: 1_000,
      quietAt: 1_000,
      definitions: 4,
      counts: { listed: 3 },
    });
    expect(after.askedUpTo).toBeUndefined();
    expect(after.unsettled.size).toBe(0);
  });

  it("that has asked about something in vain: the first pass is over, and it is known what is not settled", () => {
    const after = afterPass(known, leaving(pass({ askedUpTo: "0a" }), ["x"]), {
      ...end,
      isChangedWidely: true,
    });
    expect(after).toMatchObject({ quietAt: 1_000, askedUpTo: "0a", firstCompletedAt: 1_000 });
    expect(after.isChangedWidely).toBeUndefined();
    expect(after.unsettled.has("x")).toBe(true);
  });

  it("that had more to ask than it asks: the first pass goes on", () => {
    const cutOff = leaving(pass({ askedUpTo: "0a", isCutOff: true }), ["x"]);
    const after = afterPass(known, cutOff, { ...end, isChangedWidely: true });
    expect(after).toMatchObject({ quietAt: 1_000, askedUpTo: "0a", isChangedWidely: true });
    expect(after.firstCompletedAt).toBeUndefined();
    expect(after.unsettled.has("x")).toBe(true);
    const next = afterPass(after, pass(), end);
    expect(next.firstCompletedAt).toBe(1_000);
    expect(next.isChangedWidely).toBeUndefined();
    expect(next.unsettled.has("x")).toBe(false);
  });

  it("keeps when the first pass was over", () => {
    const after = afterPass({ ...known, firstCompletedAt: 5 }, leaving(pass(), ["x"]), end);
    expect(after.firstCompletedAt).toBe(5);
  });

  it("has no instant at which all was quiet where too much is not settled", () => {
    const ids = Array.from({ length: 10_001 }, (_, index) => `d${index}`);
    const after = afterPass({ ...known, quietAt: 5 }, pass({ unsettled: IdSet.of(ids) }), end);
    expect(after.quietAt).toBeUndefined();
    expect(after.unsettled.size).toBe(0);
  });

  it("forgets decisions about what the list shows again", () => {
    const decided: KnownScope = {
      ...known,
      confirmed: IdSet.of(["a", "b"]),
      silenced: IdSet.of(["c", "d"]),
      haltedRunId: "earlier",
    };
    const after = afterPass(decided, pass({ seen: IdSet.of(["a", "c"]) }), end);
    expect([after.confirmed.has("a"), after.confirmed.has("b")]).toEqual([false, true]);
    expect([after.silenced.has("c"), after.silenced.has("d")]).toEqual([false, true]);
    expect(after.haltedRunId).toBeUndefined();
    expect(afterPass(decided, pass({ isHaltGoingOn: true }), end).haltedRunId).toBe("earlier");
  });

  it("remembers doubtful answers while nothing else was seen, as many as there is room for", () => {
    const before = { ...known, doubtful: { a: "1", b: "2", d: "4" } };
    const doubted = pass({ doubtful: { b: null, c: "3" } });
    expect(afterPass(before, leaving(doubted, ["a"]), end).doubtful).toEqual({ a: "1", c: "3" });
    const many = Object.fromEntries(Array.from({ length: 300 }, (_, index) => [`d${index}`, "x"]));
    const kept = afterPass(before, pass({ doubtful: many }), end).doubtful;
    expect(Object.keys(kept)).toHaveLength(200);
    expect(kept["d299"]).toBe("x");
  });
});
