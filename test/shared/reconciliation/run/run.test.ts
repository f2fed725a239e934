import { describe, expect, it } from "vitest";
import {
  healRequest,
  healRequestId,
  isHealRequestId,
} from "../../../../shared/reconciliation/heal/heal-request.ts";
import { policyOf } from "../../../../shared/reconciliation/heal/policy.ts";
import { looksLikeAnotherAccount } from "../../../../shared/reconciliation/run/guard.ts";
import {
  parseReconciliationMessage,
  reconciliationMessageBody,
} from "../../../../shared/reconciliation/run/reconciliation-message.ts";
import { endOfRun, runIdOf, standsStill } from "../../../../shared/reconciliation/run/run.ts";
import { reconciliationAgeMs } from "../../../../shared/reconciliation/run/staleness.ts";
import { reconciliationWorld } from "../../../support/reconciliation/reconciliation-world.ts";

const HOUR = 3_600_000;

describe("a run", () => {
  it.each([
    [0, 0, "completed"],
    [0, 2, "unfinished"],
    [1, 0, "halted"],
    [1, 2, "halted"],
  ])("with %i halted and %i unfinished scopes is %s", (halted, unfinished, expected) => {
    expect(endOfRun({ total: 5, open: 0, halted, unfinished })).toBe(expected);
  });

  it.each([
    [900_000, HOUR, false],
    [900_000, HOUR + 1, true],
    [HOUR, 4 * HOUR, false],
    [HOUR, 4 * HOUR + 1, true],
    [1_000, HOUR, false],
  ])("every %i ms stands still after %i ms: %s", (everyMs, sinceMs, expected) => {
    expect(standsStill({ progressAt: 1_000 }, everyMs, 1_000 + sinceMs)).toBe(expected);
  });

  it("has an id that sorts by time and stands in a path as it is", () => {
    const at = Date.parse("2026-11-21T10:00:00.000Z");
    expect(runIdOf(at, "token_-0123456789")).toBe("20261121T100000.000Z-token_-0");
    expect(runIdOf(at, "zzzzzzzz") < runIdOf(at + 1, "aaaaaaaa")).toBe(true);
  });

  it("is as old as the last complete one, or as the first one of all", () => {
    expect(reconciliationAgeMs({}, 500)).toBe(0);
    expect(reconciliationAgeMs({ firstStartedAt: 100 }, 500)).toBe(400);
    expect(reconciliationAgeMs({ firstStartedAt: 100, lastCompletedAt: 450 }, 500)).toBe(50);
    expect(reconciliationAgeMs({ lastCompletedAt: 600 }, 500)).toBe(0);
  });
});

describe("an account", () => {
  const evidence = { known: 4, discovered: 4, sampled: 3, gone: 0, isUnprovable: false };

  it.each([
    [evidence, false, false],
    [{ ...evidence, discovered: 2 }, false, false],
    [{ ...evidence, discovered: 1 }, false, true],
    [{ ...evidence, gone: 2 }, false, false],
    [{ ...evidence, gone: 3 }, false, true],
    [{ ...evidence, sampled: 2, gone: 2 }, false, false],
    [{ ...evidence, sampled: 1, gone: 1 }, true, true],
    [{ ...evidence, sampled: 0 }, true, false],
    [{ known: 0, discovered: 0, sampled: 0, gone: 0, isUnprovable: false }, true, false],
  ])("with %j, renamed: %s, looks like another: %s", (facts, isRenamed, expected) => {
    expect(looksLikeAnotherAccount(facts, { isProven: false, isRenamed, isOtherKey: false })).toBe(expected);
  });

  it.each([
    [{ ...evidence, sampled: 1, gone: 1 }, true],
    [{ ...evidence, sampled: 2, gone: 1 }, false],
    [{ ...evidence, sampled: 0 }, false],
    [{ ...evidence, sampled: 0, isUnprovable: true }, true],
  ])("with %j and another key, looks like another: %s", (facts, expected) => {
    const owner = { isProven: false, isRenamed: false, isOtherKey: true };
    expect(looksLikeAnotherAccount(facts, owner)).toBe(expected);
  });

  it.each([
    [{ ...evidence, discovered: 0 }, false],
    [{ ...evidence, discovered: 0, gone: 2 }, false],
    [{ ...evidence, discovered: 0, sampled: 1, gone: 1 }, true],
    [{ ...evidence, discovered: 0, sampled: 0 }, false],
  ])("with %j, called as it was, looks like another: %s", (facts, expected) => {
    expect(looksLikeAnotherAccount(facts, { isProven: true, isRenamed: false, isOtherKey: false })).toBe(
      expected,
    );
  });
});

describe("a policy", () => {
  const { connection } = reconciliationWorld({
    reconcile: {
      policy: "heal",
      exceptions: [
        { scope: "quiet", policy: "observe" },
        { definitionId: "d", policy: "heal" },
        { definitionId: "e", policy: "observe" },
      ],
    },
  });

  it.each([
    ["a", "any", "heal"],
    ["a", "quiet", "observe"],
    ["d", "quiet", "heal"],
    ["e", "any", "observe"],
  ])("of %s in the scope %s is to %s", (definitionId, scope, expected) => {
    expect(policyOf(connection, { definitionId, scope })).toBe(expected);
  });
});

describe("a message of a run", () => {
  it.each([
    { kind: "discover", connection: "retell", runId: "r" },
    { kind: "scope", connection: "retell", runId: "r", scope: "retell-llm:ä\u0000" },
  ] as const)("comes back as it was sent: %j", (message) => {
    const body = reconciliationMessageBody(message);
    expect(body).toMatch(/^[\x20-\x7e]+$/);
    expect(parseReconciliationMessage(body)).toEqual(message);
  });

  it.each(["", "{", "[]", '{"kind":"discover"}', '{"kind":"other","connection":"c","runId":"r"}'])(
    "is not %j",
    (body) => expect(parseReconciliationMessage(body)).toBeUndefined(),
  );
});

describe("a heal", () => {
  const key = { connection: "retell", definitionId: "ä".repeat(500) };

  it("has one id for one drift, and no other's", () => {
    const id = healRequestId(key, 12);
    expect(id).toMatch(/^heal\.[0-9a-f]{32}\.12$/);
    expect(isHealRequestId(id)).toBe(true);
    expect(healRequestId({ ...key, connection: "other" }, 12)).not.toBe(id);
    expect(isHealRequestId("heal.x.1")).toBe(false);
  });

  it("asks for the state before, if the drift is still the last", () => {
    expect(healRequest({ connection: "retell", definitionId: "d" }, 12, 11)).toMatchObject({
      operation: "restore",
      definitionId: "d",
      restore: { version: 11 },
      expect: { version: 12 },
    });
  });
});
