import { marshall, unmarshall } from "@aws-sdk/util-dynamodb";
import { expect, it } from "vitest";
import type { Intent } from "../../../../shared/definition/mirror/claim.ts";
import { intentItem, intentOf } from "../../../../shared/definition/mirror/intent-item.ts";

const intent: Required<Intent> = {
  requestId: "edit-2026-11-21-0001",
  epoch: 2,
  attempt: 3,
  token: "AAAAAAAAAAAAAAAAAAAAAA",
  operation: "update",
  startedAt: 1_761_074_796_123,
  callDeadlineAt: 1_761_074_806_123,
  leaseUntil: 1_761_074_826_123,
  baseVersion: 12,
  baseHash: `sha256:${"a1".repeat(32)}`,
  baseModifiedRaw: 1_761_074_700_000,
  members: ["name", "metrics"],
  wantedHash: `sha256:${"0f".repeat(32)}`,
  callEnded: true,
  answeredId: "test_case_0096626d5af9",
  confirmed: { status: 200, durationMs: 120, requestId: "req_1" },
  absentAt: 1_761_074_900_000,
};

it("an intent comes back from its item as it was, whatever it holds", () => {
  const { callEnded, answeredId, confirmed, absentAt, ...fresh } = intent;
  for (const one of [
    intent,
    fresh,
    { ...fresh, baseModifiedRaw: "2026-11-21T10:00:00Z", wantedHash: "other" },
  ]) {
    expect(intentOf(unmarshall(marshall(intentItem(one))))).toEqual(one);
  }
  expect(intentOf(undefined)).toBeUndefined();
});

it("takes few bytes before it is sent", () => {
  const { callEnded, answeredId, confirmed, absentAt, ...fresh } = intent;
  const bytes = Object.entries(intentItem(fresh)).reduce(
    (sum, [name, value]) =>
      sum + name.length + (value instanceof Uint8Array ? value.length : String(value).length),
    0,
  );
  expect(bytes).toBeLessThan(220);
});
