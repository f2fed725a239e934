import { describe, expect, test } from "vitest";
import { letterLine, planLetter, type RequestState } from "../../../infra/redrive/letter-plan.ts";

const letter = { requestId: "edit-1", reason: "retries-exhausted" };

describe("the plan for a dead letter", () => {
  test.each<[status: string, epoch: number, plan: "retry" | "remove" | "leave"]>([
    ["failed", 1, "retry"],
    ["failed", 4, "retry"],
    // A retry that was cut off before its message was sent.
    ["queued", 2, "retry"],
    ["applying", 2, "remove"],
    ["applied", 2, "remove"],
    ["unchanged", 2, "remove"],
    ["conflict", 2, "remove"],
    ["rejected", 2, "remove"],
    ["cancelled", 2, "remove"],
    // Never given up: the letter may be the request's only message.
    ["queued", 1, "leave"],
    ["applying", 1, "leave"],
  ])("of a request that is %s in epoch %i is to %s it", (status, epoch, plan) => {
    expect(planLetter(letter, { status, epoch }).kind).toBe(plan);
  });

  test.each<[what: string, of: { requestId?: string; reason?: string }, request: RequestState | undefined]>([
    ["that SQS has moved by itself", { requestId: "edit-1" }, { status: "failed", epoch: 1 }],
    ["of something else than a change request", { reason: "not-json" }, undefined],
    [
      "whose id belongs to another request",
      { requestId: "edit-1", reason: "request-id-reused" },
      { status: "failed", epoch: 1 },
    ],
    ["of a request that nobody knows", letter, undefined],
  ])("%s is to leave it to a person", (_what, of, request) => {
    expect(planLetter(of, request)).toEqual({ kind: "leave", why: expect.stringMatching(/\w/) });
  });
});

describe("the line of a dead letter", () => {
  test("has what its attributes say", () => {
    expect(letterLine("retell", { ...letter, attempts: 8, sentAt: 0, requestIdInBody: "edit-1" })).toBe(
      "retell · edit-1 · retries-exhausted · 8 attempts · since 1970-01-01T00:00:00.000Z",
    );
  });

  test("says where its attributes are missing", () => {
    expect(letterLine("retell", { sentAt: 0 })).toContain("retell · no request id · no reason · since");
    expect(letterLine("retell", { sentAt: 0, requestIdInBody: "edit-1" })).toContain("edit-1 (by its body)");
  });
});
