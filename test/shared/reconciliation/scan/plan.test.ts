import { describe, expect, it } from "vitest";
import { canonicalHash } from "../../../../shared/definition/document/canonical-form.ts";
import type { JsonObject } from "../../../../shared/platform/json.ts";
import { stringifyJson } from "../../../../shared/platform/json.ts";
import { IdSet } from "../../../../shared/reconciliation/scan/id-set.ts";
import { gapsOf, planRow, questionOf, rowOf } from "../../../../shared/reconciliation/scan/plan.ts";
import {
  reconciliationWorld,
  scopeOf,
  testCase,
} from "../../../support/reconciliation/reconciliation-world.ts";

const { dialect } = reconciliationWorld().dependencies.provider;
const SCOPE = scopeOf("llm_1");
const document: JsonObject = {
  ...testCase("a"),
  test_case_definition_id: "d",
  user_modified_timestamp: 1_761_074_796_123,
};

function row(value: JsonObject = document) {
  return rowOf({ definitionId: "d", text: stringifyJson(value), value, deleted: false }, dialect);
}

const recorded = {
  definitionId: "d",
  version: 3,
  deleted: false,
  scope: SCOPE,
  contentHash: row().contentHash,
  recordedAt: 1_000,
};
const later = { scope: SCOPE, isFirstPass: false, listedAt: 2_000 };
const first = { ...later, isFirstPass: true };
const quiet = { kind: "quiet" };

describe("a row", () => {
  it.each([
    ["that shows what is recorded", row(), recorded, quiet],
    [
      "that shows it with another timestamp",
      row({ ...document, user_modified_timestamp: 7 }),
      recorded,
      quiet,
    ],
    [
      "that was confirmed to show what is recorded",
      row({ name: "half" }),
      { ...recorded, listRowHash: canonicalHash({ name: "half" }) },
      quiet,
    ],
    ["of what is missing", row(), { ...recorded, missingSince: 5 }, { kind: "ask", why: "reappeared" }],
    [
      "that is older than what is recorded",
      row({ ...document, name: "b" }),
      { ...recorded, recordedAt: 2_000 },
      quiet,
    ],
    ["with another content", row({ ...document, name: "b" }), recorded, { kind: "ask", why: "changed" }],
    [
      "with another content of what is in another scope",
      row({ ...document, name: "b" }),
      { ...recorded, scope: scopeOf("llm_2") },
      { kind: "ask", why: "moved" },
    ],
    ["of a deleted definition", row(), { ...recorded, deleted: true }, { kind: "ask", why: "returned" }],
    ["of one that was never seen", row(), undefined, { kind: "ask", why: "new" }],
  ] as const)("%s", (_what, listed, known, expected) => {
    expect(planRow(listed, known, later)).toEqual(expected);
  });

  it("is a baseline in the first pass over its scope, but not in another's", () => {
    expect(planRow(row(), undefined, first)).toEqual({ kind: "baseline" });
    expect(planRow(row(testCase("a", "llm_2")), undefined, first)).toEqual({ kind: "ask", why: "new" });
    expect(planRow(row({ ...document, name: "b" }), recorded, first)).toEqual({
      kind: "ask",
      why: "changed",
    });
  });

  it("is not too old by the index alone, which does not say when it was recorded", () => {
    const { recordedAt, ...indexed } = recorded;
    expect(planRow(row({ ...document, name: "b" }), indexed, later)).toEqual({ kind: "ask", why: "changed" });
  });

  it("raises a question that says which row it was", () => {
    expect(questionOf(row(), "changed")).toMatchObject({
      definitionId: "d",
      kind: "changed",
      row: { rowHash: canonicalHash(document), shape: expect.stringContaining('"name":0') },
    });
  });
});

describe("a scope's gaps", () => {
  const ids = (...names: string[]) => names.map((definitionId) => ({ definitionId, deleted: false }));

  it("are the living definitions that the list did not show, by what was decided about them", () => {
    const decisions = {
      silenced: IdSet.of(["s", "both"]),
      confirmed: IdSet.of(["c", "both", "halted and confirmed"]),
      halted: IdSet.of(["h", "halted and confirmed"]),
    };
    const recordedIds = [
      ...ids("seen", "new", "s", "c", "h", "both", "halted and confirmed"),
      { definitionId: "dead", deleted: true },
    ];
    expect(gapsOf(recordedIds, IdSet.of(["seen"]), decisions)).toEqual({
      undecided: ["new"],
      confirmed: ["c", "halted and confirmed"],
      halted: ["h"],
      silenced: ["s", "both"],
    });
  });

  it("are none where the list has shown all", () => {
    const none = IdSet.of();
    const decisions = { silenced: none, confirmed: none, halted: none };
    const empty = { undecided: [], confirmed: [], halted: [], silenced: [] };
    expect(gapsOf(ids("a", "b"), IdSet.of(["a", "b", "c"]), decisions)).toEqual(empty);
  });
});
