/** A write that is confirmed, and whose read-back fails. */
import { describe, expect, it } from "vitest";
import type { Attempt } from "../../../../shared/change-request/attempt/attempt.ts";
import { afterFailedWrite } from "../../../../shared/change-request/attempt/failed-call.ts";
import { readBack } from "../../../../shared/change-request/attempt/read-back.ts";
import { type CallFailureCode, ProviderCallError } from "../../../../shared/providers/provider-call-error.ts";

const now = Date.parse("2026-11-21T10:00:00.000Z");
const receipt = { status: 204, durationMs: 1 };

async function endOf(readFailure: CallFailureCode) {
  const noted: object[] = [];
  const attempt = {
    clock: { now: () => now },
    connection: { callTimeoutSeconds: 10, settleSeconds: 60 },
    provider: {
      get: async () => {
        throw new ProviderCallError({ code: readFailure });
      },
    },
    claim: {
      leaseUntil: now + 60_000,
      openIntent: { callDeadlineAt: now + 10_000, leaseUntil: now + 60_000, callEnded: true },
      note: async (what: object) => void noted.push(what),
    },
  } as unknown as Attempt;
  const look = { startedAt: now, endedAt: now };
  const written = await readBack(attempt, { answer: { body: { definitionId: "d1" }, receipt }, look });
  if (!(written instanceof ProviderCallError)) throw new Error("it was read back");
  return { end: await afterFailedWrite(attempt, written), noted };
}

describe("a confirmed write whose read-back fails", () => {
  it.each(["throttled", "rate-limited"] as const)(
    "with %s is looked at later, at nobody's cost",
    async (code) => {
      const { end, noted } = await endOf(code);
      expect(end).toMatchObject({ kind: "wait", reason: "unanswered-malformed-answer", waitMs: 70_000 });
      expect(end).not.toHaveProperty("fault");
      expect(noted).toEqual([{ callEnded: true, answeredId: "d1" }]);
    },
  );

  it.each(["server-error", "timeout"] as const)("with %s is the provider's fault", async (code) => {
    expect((await endOf(code)).end).toMatchObject({ kind: "wait", fault: "write" });
  });
});
