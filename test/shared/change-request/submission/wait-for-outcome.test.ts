import { describe, expect, it } from "vitest";
import type { RequestRecord } from "../../../../shared/change-request/record/request-record.ts";
import type { RequestStatus } from "../../../../shared/change-request/record/request-state.ts";
import { waitForOutcome } from "../../../../shared/change-request/submission/wait-for-outcome.ts";

const key = { connection: "retell", requestId: "edit-1" };

/** A store whose record changes as time passes; time passes only in sleeps. */
function waiting(statusAt: (now: number) => RequestStatus | undefined) {
  const readsAt: number[] = [];
  let now = 0;
  return {
    readsAt,
    requests: {
      async read() {
        readsAt.push(now);
        const status = statusAt(now);
        return status === undefined ? undefined : ({ ...key, status } as RequestRecord);
      },
    },
    clock: {
      now: () => now,
      async sleep(ms: number) {
        now += ms;
      },
    },
  };
}

describe("waiting for an outcome", () => {
  it("reads once where there is nothing to wait for", async () => {
    const decided = waiting(() => "applied");
    expect(await waitForOutcome(decided, key, 20_000)).toMatchObject({ status: "applied" });
    const hurried = waiting(() => "queued");
    expect(await waitForOutcome(hurried, key, 0)).toMatchObject({ status: "queued" });
    expect([decided.readsAt, hurried.readsAt]).toEqual([[0], [0]]);
  });

  it("ends soon after the request does", async () => {
    const quick = waiting((now) => (now < 100 ? "applying" : "unchanged"));
    expect(await waitForOutcome(quick, key, 20_000)).toMatchObject({ status: "unchanged" });
    expect(quick.readsAt.at(-1)).toBeLessThan(200);
  });

  it("ends when the time is up, looking last at the very end", async () => {
    const slow = waiting((now) => (now < 20_000 ? undefined : "queued"));
    expect(await waitForOutcome(slow, key, 20_000)).toMatchObject({ status: "queued" });
    expect(slow.readsAt.at(-1)).toBe(20_000);
    // It asks less and less often: about once per second.
    expect(slow.readsAt.length).toBeLessThan(30);
    expect(
      await waitForOutcome(
        waiting(() => undefined),
        key,
        5_000,
      ),
    ).toBeUndefined();
  });
});
