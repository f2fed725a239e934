import { describe, expect, it } from "vitest";
import type { ObservedState } from "../../../../shared/definition/history/version.ts";
import type { Mirror } from "../../../../shared/definition/mirror/mirror.ts";
import type { JsonObject } from "../../../../shared/platform/json.ts";
import { type Doubt, fingerprintOf, isDoubtful } from "../../../../shared/reconciliation/scan/doubt.ts";
import {
  reconciliationWorld,
  scopeOf,
  testCase,
} from "../../../support/reconciliation/reconciliation-world.ts";

const { dialect } = reconciliationWorld().dependencies.provider;
const now = Date.parse("2026-11-21T10:00:00Z");
const stamp = (ms: number) => ({ at: now + ms, raw: now + ms });
const before = testCase("before");

function doubt({
  live = {},
  head = {},
  content = testCase("now"),
  recordedMsAgo = 600_000,
}: {
  live?: Partial<ObservedState>;
  head?: Partial<Mirror>;
  content?: JsonObject;
  recordedMsAgo?: number;
}): Doubt {
  return {
    head: {
      deleted: false,
      scope: scopeOf("llm_1"),
      modified: stamp(-60_000),
      recordedAt: now - recordedMsAgo,
      ...head,
    } as Mirror,
    previousContent: before,
    live: {
      deleted: false,
      name: "now",
      scope: scopeOf("llm_1"),
      text: "",
      content,
      modified: stamp(-30_000),
      ...live,
    },
    look: { startedAt: now, endedAt: now },
    settleMs: 60_000,
  };
}

describe("an answer that differs from what is recorded", () => {
  it.each<[string, Parameters<typeof doubt>[0], boolean]>([
    ["with a later timestamp is believed", {}, false],
    ["with an earlier timestamp may be old", { live: { modified: stamp(-60_001) } }, true],
    ["with the same timestamp is believed", { live: { modified: stamp(-60_000) } }, false],
    [
      "with the same timestamp right after something was recorded may be old",
      { live: { modified: stamp(-60_000) }, recordedMsAgo: 60_000 },
      true,
    ],
    [
      "with the same timestamp and without members that only people take away may be half",
      { live: { modified: stamp(-60_000) }, content: { name: "now" } },
      true,
    ],
    ["of which nobody says when is believed", { head: { modified: stamp(0) }, live: {} }, true],
    ["of a deleted definition may be old", { head: { deleted: true, recordedAt: now } }, true],
    [
      "of a deleted definition is believed where it was saved since",
      { head: { deleted: true }, recordedMsAgo: 60_000 },
      false,
    ],
  ])("%s", (_what, parts, expected) => {
    expect(isDoubtful(doubt(parts), dialect)).toBe(expected);
  });

  it("of which nothing says when it was made is believed, but not right after something was recorded", () => {
    const { live, ...rest } = doubt({});
    const { modified, ...timeless } = live;
    expect(isDoubtful({ ...rest, live: timeless }, dialect)).toBe(false);
    const young = { ...rest.head, recordedAt: rest.look.startedAt - rest.settleMs };
    expect(isDoubtful({ ...rest, head: young, live: timeless }, dialect)).toBe(true);
    const deleted = { ...rest.head, deleted: true };
    expect(isDoubtful({ ...rest, head: deleted, live: timeless }, dialect)).toBe(true);
  });

  it("is the same one if all of it is", () => {
    const { live } = doubt({});
    expect(fingerprintOf({ ...live, text: "printed otherwise" })).toBe(fingerprintOf(live));
    for (const other of [{ scope: "another" }, { modified: stamp(1) }, { content: before }]) {
      expect(fingerprintOf({ ...live, ...other })).not.toBe(fingerprintOf(live));
    }
  });
});
