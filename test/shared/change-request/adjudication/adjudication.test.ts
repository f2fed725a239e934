import { describe, expect, it } from "vitest";
import {
  adjudicateCreate,
  adjudicateDelete,
  adjudicateEdit,
  adjudicationStartsAt,
  type EditEvidence,
  type Listed,
  likenessOf,
  notBeforeOnProviderClock,
} from "../../../../shared/change-request/adjudication/adjudication.ts";
import { canonicalHash } from "../../../../shared/definition/document/canonical-form.ts";
import type { JsonObject } from "../../../../shared/platform/json.ts";

const settleMs = 60_000;

describe("an open intent is judged", () => {
  const intent = {
    requestId: "r",
    epoch: 1,
    attempt: 1,
    token: "t",
    operation: "update",
    startedAt: 0,
    callDeadlineAt: 10_000,
    leaseUntil: 30_000,
  } as const;

  it.each([
    ["when the lease has passed and the provider has settled", {}, 90_000],
    ["from the call's deadline on where the attempt saw its call end", { callEnded: true }, 70_000],
    ["from the deadline on where that is later than the lease", { leaseUntil: 5_000 }, 70_000],
  ])("%s", (_when, changes, startsAt) => {
    expect(adjudicationStartsAt({ ...intent, ...changes }, settleMs)).toBe(startsAt);
  });
});

const at = (ms: number) => ({ raw: ms, at: ms });
const base: JsonObject = { name: "Refund", metrics: ["offers"], llm_model: "gpt-4", tool_mocks: [] };
const wanted: JsonObject = { ...base, name: "Refunds", metrics: ["offers", "asks"] };

/** An update of name and metrics whose answer is lost, from a base that was modified at 1 000. */
function evidence(
  live: JsonObject | undefined,
  modifiedAt = 2_000,
  { from = base, to = wanted, confirmed = false } = {},
): EditEvidence {
  const touched = [...new Set([...Object.keys(from), ...Object.keys(to)])].filter(
    (name) => JSON.stringify(from[name]) !== JSON.stringify(to[name]),
  );
  return {
    intent: {
      baseHash: canonicalHash(from),
      baseModifiedRaw: 1_000,
      wantedHash: canonicalHash(to),
      ...(confirmed && { confirmed: { status: 200, durationMs: 5 } }),
    },
    touched: new Map(touched.map((name) => [name, to[name]])),
    baseModified: at(1_000),
    live: live && { content: live, modified: at(modifiedAt) },
    rewriteSet: ["llm_model"],
  };
}

const withoutMocks: JsonObject = { name: "Refund", metrics: ["offers"], llm_model: "gpt-4" };

describe("update, replace, restore", () => {
  it.each<[string, EditEvidence, "happened" | "did-not-happen" | "undecided"]>([
    ["all touched members have the wanted value: it happened", evidence(wanted), "happened"],
    [
      "one touched member has the wanted value, others were changed by somebody: it happened",
      evidence({ ...wanted, metrics: ["else"] }),
      "happened",
    ],
    [
      "one touched member has the wanted value, and so have untouched ones others: it happened",
      evidence({ ...wanted, tool_mocks: ["new"] }),
      "happened",
    ],
    [
      "a touched member was to be removed and is gone: it happened",
      evidence(withoutMocks, 2_000, { to: withoutMocks }),
      "happened",
    ],
    [
      "all touched members are in the rewrite set and the timestamp advanced: it happened",
      evidence({ ...base, llm_model: "gpt-5" }, 2_000, { to: { ...base, llm_model: "gpt-4-0613" } }),
      "happened",
    ],
    [
      "all touched members are in the rewrite set, nothing changed: it did not happen",
      evidence(base, 1_000, { to: { ...base, llm_model: "gpt-4-0613" } }),
      "did-not-happen",
    ],
    [
      "some touched members are in the rewrite set, the timestamp advanced: undecided",
      evidence({ ...base, llm_model: "gpt-5" }, 2_000, { to: { ...wanted, llm_model: "gpt-4-0613" } }),
      "undecided",
    ],
    [
      "the content is the base's and so is the timestamp: it did not happen",
      evidence(base, 1_000),
      "did-not-happen",
    ],
    [
      "the content is the base's but the timestamp is another (somebody took it back): undecided",
      evidence(base, 2_000),
      "undecided",
    ],
    [
      "an untouched member differs, nothing is as wanted: undecided",
      evidence({ ...base, tool_mocks: [1] }),
      "undecided",
    ],
    ["a touched member has a third value: undecided", evidence({ ...base, name: "Else" }), "undecided"],
    ["the definition is gone: undecided", evidence(undefined), "undecided"],
    [
      "the provider has confirmed it: it happened, whatever is there now",
      evidence(base, 1_000, { confirmed: true }),
      "happened",
    ],
    ["confirmed, and gone since: it happened", evidence(undefined, 0, { confirmed: true }), "happened"],
  ])("%s", (_row, known, verdict) => {
    expect(adjudicateEdit(known)).toBe(verdict);
  });

  it("goes by the hashes where the touched members are not known any more", () => {
    const unknown = (live: JsonObject, modifiedAt: number) => ({
      ...evidence(live, modifiedAt),
      touched: new Map(),
    });
    expect(adjudicateEdit(unknown(wanted, 2_000))).toBe("happened");
    expect(adjudicateEdit(unknown(base, 1_000))).toBe("did-not-happen");
    expect(adjudicateEdit(unknown({ ...wanted, metrics: [] }, 2_000))).toBe("undecided");
  });
});

describe("delete", () => {
  it("gone: it happened; still there: it did not happen", () => {
    expect(adjudicateDelete(true)).toBe("happened");
    expect(adjudicateDelete(false)).toBe("did-not-happen");
  });
});

const sent: JsonObject = { name: "Refund", metrics: ["offers"], llm_model: "gpt-4" };
const listed = (definitionId: string, createdAt: number, content: JsonObject = sent): Listed => ({
  definitionId,
  content,
  created: at(createdAt),
});

describe("create: what a list shows", () => {
  const renamed = { ...sent, name: "Renamed since" };
  const sameName = { name: " Refund", metrics: ["else"], llm_model: "gpt-5" };
  const other = { name: "Other", metrics: [], llm_model: "gpt-4" };
  const nameOf = (content: JsonObject) => String(content["name"]);
  it.each<[string, Listed, "candidate" | "suspect" | "other"]>([
    ["is covered by what was sent: a candidate", listed("a", 5_000), "candidate"],
    [
      "has members that were not sent: a candidate",
      listed("a", 5_000, { ...sent, tool_mocks: [] }),
      "candidate",
    ],
    [
      "has another value in the rewrite set: a candidate",
      listed("a", 5_000, { ...sent, llm_model: "gpt-5" }),
      "candidate",
    ],
    [
      "was covered when it was first seen, and edited since: a candidate",
      { ...listed("a", 5_000, other), firstContent: sent },
      "candidate",
    ],
    ["was created with the first attempt: a candidate", listed("a", 4_000), "candidate"],
    ["does not say when it was created: a candidate", { ...listed("a", 0), created: undefined }, "candidate"],
    ["was created before: another one", listed("a", 3_999), "other"],
    ["differs in one member: a suspect", listed("a", 5_000, renamed), "suspect"],
    ["has the same name, stored a little differently: a suspect", listed("a", 5_000, sameName), "suspect"],
    [
      "had the same name when it was first seen: a suspect",
      { ...listed("a", 5_000, other), firstContent: sameName },
      "suspect",
    ],
    ["has another name and differs in more: another one", listed("a", 5_000, other), "other"],
    ["is a suspect, but older: another one", listed("a", 3_999, renamed), "other"],
    [
      "is recorded as this request's second effect, whatever it is now: a candidate",
      { ...listed("a", 5_000, other), isRecorded: true },
      "candidate",
    ],
  ])("%s", (_rule, definition, expected) => {
    expect(likenessOf(definition, sent, { rewriteSet: ["llm_model"], nameOf }, 4_000)).toBe(expected);
  });

  it("is never missed for the clocks: at most five seconds too early, on the provider's clock", () => {
    // The provider is an hour ahead; its Date header and its timestamps have whole seconds.
    const ahead = 3_600_000;
    for (const [firstAttemptAt, answeredAt] of [
      [10_999, 12_001],
      [10_000, 12_999],
      [10_500, 10_700],
    ] as const) {
      const serverDate = Math.floor((answeredAt - 5 + ahead) / 1_000) * 1_000;
      const createdAt = Math.floor((firstAttemptAt + 1 + ahead) / 1_000) * 1_000;
      const notBefore = notBeforeOnProviderClock(firstAttemptAt, { clockAheadMs: serverDate - answeredAt });
      // The worker that lists may have a clock that is three seconds behind.
      expect(createdAt - 3_000).toBeGreaterThanOrEqual(notBefore);
      expect(notBefore).toBeGreaterThan(firstAttemptAt + ahead - 5_010);
    }
  });

  it("is looked for a little earlier where the provider's clock is unknown", () => {
    expect(notBeforeOnProviderClock(8_000, {})).toBe(3_000);
  });
});

describe("create", () => {
  const known = (
    candidates: readonly Listed[],
    listedAt: number,
    absentAt?: number,
    suspects: readonly Listed[] = [],
  ) => adjudicateCreate({ candidates, suspects, listedAt, absentAt, settleMs });

  it("one candidate: it happened", () => {
    expect(known([listed("a", 5_000)], 100_000)).toEqual({
      kind: "happened",
      oldest: listed("a", 5_000),
      others: [],
    });
  });

  it("two or more: the oldest is adopted, the others are suspected duplicates", () => {
    const verdict = known([listed("c", 7_000), listed("a", 6_000), listed("b", 5_000)], 100_000);
    expect(verdict).toMatchObject({
      kind: "happened",
      oldest: { definitionId: "b" },
      others: [{ definitionId: "a" }, { definitionId: "c" }],
    });
  });

  it("what is recorded as a second effect is adopted only where there is nothing else", () => {
    const recorded: Listed = { ...listed("a", 5_000), isRecorded: true };
    expect(known([recorded, listed("b", 6_000)], 100_000)).toMatchObject({
      kind: "happened",
      oldest: { definitionId: "b" },
    });
    expect(known([recorded], 100_000)).toMatchObject({ kind: "happened", oldest: { definitionId: "a" } });
  });

  it("none in a first list: another list, half the settle time later, decides", () => {
    expect(known([], 100_000)).toEqual({ kind: "look-again", at: 130_000 });
  });

  it("none in a second list that comes too early: still another one", () => {
    expect(known([], 129_999, 100_000)).toEqual({ kind: "look-again", at: 130_000 });
  });

  it("none in two lists at least half the settle time apart: it did not happen", () => {
    expect(known([], 130_000, 100_000)).toEqual({ kind: "did-not-happen" });
  });

  it("none in two lists, but one that is much alike: undecided, a person has to look", () => {
    const suspects = [listed("b", 7_000), listed("a", 6_000)];
    expect(known([], 130_000, 100_000, suspects)).toMatchObject({
      kind: "undecided",
      suspect: { definitionId: "a" },
    });
    expect(known([], 100_000, undefined, suspects)).toMatchObject({ kind: "look-again" });
    expect(known([listed("c", 8_000)], 100_000, undefined, suspects)).toMatchObject({ kind: "happened" });
  });

  it("none in a first list, one in the second: it happened", () => {
    expect(known([listed("a", 5_000)], 130_000, 100_000)).toMatchObject({ kind: "happened" });
  });
});
