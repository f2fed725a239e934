import { describe, expect, it } from "vitest";
import {
  firstInTurn,
  MAX_QUESTIONS,
  positionOf,
  type Question,
} from "../../../../shared/reconciliation/scan/question.ts";

const all: readonly Question[] = Array.from({ length: 130 }, (_, index) => ({
  definitionId: `d${index}`,
  kind: "changed",
}));
const idsOf = (questions: readonly Question[]) => questions.map(({ definitionId }) => definitionId);

describe("the questions of a pass", () => {
  it("are at most fifty, the same ones in whatever order they were found", () => {
    const forward = firstInTurn(all, undefined);
    expect(forward).toHaveLength(MAX_QUESTIONS);
    expect(idsOf(firstInTurn(all.toReversed(), undefined))).toEqual(idsOf(forward));
    let inPages: readonly Question[] = [];
    for (const page of [all.slice(0, 40), all.slice(40, 90), all.slice(90)]) {
      inPages = firstInTurn([...inPages, ...page], undefined);
    }
    expect(idsOf(inPages)).toEqual(idsOf(forward));
  });

  it("give everybody a turn within as many passes as it takes", () => {
    const asked = new Set<string>();
    let askedUpTo: string | undefined;
    for (let passes = 0; passes < 3; passes += 1) {
      const questions = firstInTurn(all, askedUpTo);
      for (const id of idsOf(questions)) asked.add(id);
      askedUpTo = positionOf(questions.at(-1)?.definitionId ?? "");
    }
    expect(asked.size).toBe(130);
  });

  it("begin anew where the last ones were asked", () => {
    const positions = all.map(({ definitionId }) => positionOf(definitionId)).sort();
    const last = positions.at(-1) ?? "";
    expect(idsOf(firstInTurn(all, last))).toEqual(idsOf(firstInTurn(all, undefined)));
  });
});
