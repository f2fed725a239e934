import { describe, expect, it } from "vitest";
import { decompressText } from "../../../../shared/definition/document/stored-text.ts";
import { chainHashOf, firstPreviousHash } from "../../../../shared/definition/history/chain.ts";
import {
  type ChangeType,
  type NextVersion,
  nextVersion,
  type ObservedState,
} from "../../../../shared/definition/history/version.ts";
import type { Mirror } from "../../../../shared/definition/mirror/mirror.ts";

const key = { connection: "retell", definitionId: "test_case_000000000001" };
const T0 = Date.parse("2026-11-21T10:00:00.000Z");

function state(content: Record<string, string>, modifiedAt?: number): ObservedState {
  return {
    deleted: false,
    name: "Refund",
    scope: "retell-llm:llm_1",
    text: JSON.stringify(content),
    content,
    ...(modifiedAt !== undefined && { modified: { raw: modifiedAt, at: modifiedAt } }),
  };
}

function next(input: Partial<NextVersion> & Pick<NextVersion, "state">) {
  return nextVersion({
    key,
    head: undefined,
    previousContent: undefined,
    changeType: "updated",
    source: "change_request",
    look: { startedAt: T0 - 50, endedAt: T0 },
    now: T0,
    ...input,
  });
}

const first = () =>
  next({ state: state({ a: "1" }), changeType: "baseline", source: "observed_before_write" });

describe("the next version", () => {
  it("starts a history at 1, without a patch, chained to its identity", () => {
    const { version, mirror } = first();
    expect(version.record).toMatchObject({
      version: 1,
      changeType: "baseline",
      previousHash: firstPreviousHash(key),
    });
    expect(version.record.patch).toBeUndefined();
    expect(mirror).toMatchObject({ version: 1, chainHash: version.record.chainHash, firstSeenAt: T0 });
  });

  it("follows its head: number, chain, patch and the untouched document", () => {
    const { mirror } = first();
    const { version } = next({ head: mirror, previousContent: { a: "1" }, state: state({ a: "2" }) });
    expect(version.record).toMatchObject({ version: 2, previousHash: mirror.chainHash });
    const { chainHash, ...body } = version.record;
    expect(chainHash).toBe(chainHashOf(body));
    expect(decompressText(version.document.stored, version.document.bytes)).toBe('{"a":"2"}');
    const patch = version.patch;
    expect(patch && decompressText(patch.stored, patch.bytes)).toBe(
      '[{"op":"replace","path":"/a","value":"2"}]',
    );
  });

  it("never shares an instant with the version before", () => {
    const { mirror } = first();
    const { version } = next({
      head: mirror,
      previousContent: { a: "1" },
      state: state({ a: "2" }),
      now: T0 - 5_000,
    });
    expect(version.record.recordedAt).toBe(T0 + 1);
  });

  it("takes effect at the provider's time when the write was ours", () => {
    const { mirror } = first();
    const { version } = next({
      head: mirror,
      previousContent: { a: "1" },
      state: state({ a: "2" }, T0 + 900),
      look: { startedAt: T0 + 800, endedAt: T0 + 950 },
      now: T0 + 1_000,
    });
    expect(version.record.effectiveAt).toBe(T0 + 900);
    expect(version.record.occurredBetween).toBeUndefined();
  });

  it.each([
    ["a slow clock", T0 - 3_600_000, T0 + 800],
    ["a fast clock", T0 + 3_600_000, T0 + 950],
  ])(
    "takes effect while the write was under way, when the provider has %s",
    (_what, modifiedAt, effectiveAt) => {
      const { mirror } = first();
      const { version } = next({
        head: mirror,
        previousContent: { a: "1" },
        state: state({ a: "2" }, modifiedAt),
        look: { startedAt: T0 + 800, endedAt: T0 + 950 },
        now: T0 + 1_000,
      });
      expect(version.record.effectiveAt).toBe(effectiveAt);
      expect(version.record.providerModifiedAt).toBe(modifiedAt);
    },
  );

  it.each([
    ["when it took effect", T0 + 900, T0 + 900],
    // A change of somebody else may have come right after it, before its answer.
    ["when it was sent, where only its end is known", T0 + 3_600_000, T0 + 800],
  ])("of our own counts as a look at the moment %s", (_what, modifiedAt, lookedAt) => {
    const { mirror } = next({
      state: state({ a: "2" }, modifiedAt),
      look: { startedAt: T0 + 800, endedAt: T0 + 950 },
      now: T0 + 1_000,
    });
    expect(mirror.lookedAt).toBe(lookedAt);
  });

  it("of our own counts as a look at that moment, though the version before it was seen later", () => {
    const { mirror: seen } = next({
      source: "observed_before_write",
      changeType: "baseline",
      state: state({ a: "2" }, T0 + 900),
      look: { startedAt: T0 + 920, endedAt: T0 + 940 },
      now: T0 + 945,
    });
    const { mirror } = next({
      head: seen,
      previousContent: { a: "2" },
      state: state({ a: "2" }, T0 + 900),
      look: { startedAt: T0 + 800, endedAt: T0 + 950 },
      now: T0 + 1_000,
    });
    expect(mirror.effectiveAt).toBe(T0 + 940);
    // A change between the two is not ruled out by it.
    expect(mirror.lookedAt).toBe(T0 + 900);
  });

  it.each([
    ["the provider's time where it lies between the two looks", T0 + 400, T0 + 400],
    ["the end of the interval where it lies outside", T0 - 60_000, T0 + 1_000],
    ["the end of the interval where there is none", undefined, T0 + 1_000],
  ])("found from outside, takes effect at %s", (_what, modifiedAt, effectiveAt) => {
    const { mirror } = first();
    const { version } = next({
      head: mirror,
      previousContent: { a: "1" },
      state: state({ a: "2" }, modifiedAt),
      source: "reconciliation",
      look: { startedAt: T0 + 950, endedAt: T0 + 1_000 },
      now: T0 + 1_100,
    });
    expect(version.record.occurredBetween).toEqual([T0 - 50, T0 + 1_000]);
    expect(version.record.effectiveAt).toBe(effectiveAt);
  });

  it("never takes effect before the version that it follows, nor after it was recorded", () => {
    const { mirror } = next({
      state: state({ a: "1" }, T0 + 5_000),
      look: { startedAt: T0, endedAt: T0 + 9_000 },
      now: T0 + 100,
    });
    expect(mirror.effectiveAt).toBe(T0 + 100);
    const { version } = next({
      head: mirror,
      previousContent: { a: "1" },
      state: state({ a: "2" }, T0 - 9_000),
      now: T0 + 200,
    });
    expect(version.record.effectiveAt).toBe(T0 + 100);
  });

  it.each<[ChangeType, ChangeType]>([
    ["updated", "moved"],
    ["created", "created"],
    ["restored", "moved"],
  ])("with another scope than its head's that is %s is called %s", (changeType, called) => {
    const { mirror } = first();
    const moved = { ...state({ a: "1" }), scope: "conversation-flow:flow_1" };
    const { record } = next({ head: mirror, previousContent: { a: "1" }, state: moved, changeType }).version;
    expect(record.changeType).toBe(called);
  });

  it("keeps name, order and origin of a definition when it is deleted", () => {
    const head: Mirror = { ...first().mirror, continues: "test_case_000000000000" };
    const gone: ObservedState = { ...state({}), deleted: true, text: "null", content: null };
    const { mirror, version } = next({
      head,
      previousContent: { a: "1" },
      state: gone,
      changeType: "deleted",
    });
    expect(mirror).toMatchObject({
      deleted: true,
      name: "Refund",
      firstSeenAt: T0,
      continues: "test_case_000000000000",
    });
    expect(version.record.contentHash).toBe(
      "sha256:74234e98afe7498fb5daf1f36ac2d78acc339464f950703b8c019892f982b90b",
    );
  });
});
