/** What every implementation of {@link RequestStore} keeps to: failed requests, their retries and their bodies. */
import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import type { RequestRecord } from "../../shared/change-request/record/request-record.ts";
import { type RequestStatus, terminalStatuses } from "../../shared/change-request/record/request-state.ts";
import { aCreatedRecord, anIntent, failedOutcome } from "./contract-data.ts";
import { now, type StoresUnderTest } from "./stores-under-test.ts";

const begun = { attempts: 1, charges: 1, startedAt: now };
const all: readonly RequestStatus[] = ["queued", "applying", ...terminalStatuses];

export function failedRequestContract(stores: () => StoresUnderTest): void {
  const created = (more?: Partial<RequestRecord>) => aCreatedRecord(stores(), more);

  describe("a failed request", () => {
    it("has its dead letter noted, in its own epoch and only while it is failed", async () => {
      const { requests } = stores();
      const given = await created();
      await requests.markDeadLettered(given, 1);
      expect(await requests.read(given)).toEqual(given);
      await requests.finish({ key: given, ...failedOutcome });
      await requests.markDeadLettered(given, 2);
      expect(await requests.read(given)).toMatchObject({ status: "failed", deadLettered: false });
      await requests.markDeadLettered(given, 1);
      expect(await requests.read(given)).toMatchObject({ status: "failed", deadLettered: true });
    });
  });

  describe("an operator's retry", () => {
    it("reopens a failed request in the next epoch, with its outcome among the earlier ones", async () => {
      const { requests } = stores();
      const given = await created();
      await requests.beginAttempt(given, 1, begun);
      const failing = { since: now, unhealthyMs: 5 };
      const incomplete = { epoch: 1, since: now, contentHash: "sha256:x" };
      await requests.noteFailure(given, 1, { attempts: 2, charges: 2, failedAt: now, failing, incomplete });
      await requests.finish({ key: given, ...failedOutcome, undecided: anIntent("t") });
      await requests.markDeadLettered(given, 1);
      const failed = (await requests.read(given)) ?? given;
      expect(await requests.reopen(failed, now + 60_000)).toBe(true);
      const first = {
        epoch: 1,
        status: "failed",
        result: { reason: "expired" },
        attempts: 2,
        finishedAt: now,
      };
      const reopened = {
        ...given,
        status: "queued",
        epoch: 2,
        queuedAt: now + 60_000,
        firstAttemptAt: now,
        incomplete,
        undecided: anIntent("t"),
        earlier: [first],
      };
      expect(await requests.read(given)).toEqual(reopened);
      // The same click twice, and the first failure's message once more.
      expect(await requests.reopen(failed, now + 61_000)).toBe(false);
      expect(await requests.finish({ key: given, ...failedOutcome })).toBe(false);
      await requests.markDeadLettered(given, 1);
      expect(await requests.read(given)).toEqual(reopened);

      await requests.finish({ key: given, ...failedOutcome, epoch: 2, result: {}, finishedAt: now + 70_000 });
      await requests.reopen((await requests.read(given)) ?? given, now + 80_000);
      expect(await requests.read(given)).toMatchObject({
        epoch: 3,
        earlier: [first, { epoch: 2, status: "failed", result: {}, attempts: 0, finishedAt: now + 70_000 }],
      });
    });

    it("knows of a write that it left behind, before it is retried and after", async () => {
      const { requests } = stores();
      const other = await created({ status: "applying" });
      await requests.keepUndecided(other, 1, anIntent("t"));
      expect(await requests.read(other)).not.toHaveProperty("undecided");
      const given = await created();
      await requests.finish({ key: given, ...failedOutcome });
      await requests.keepUndecided(given, 2, anIntent("t"));
      expect(await requests.read(given)).not.toHaveProperty("undecided");
      await requests.keepUndecided(given, 1, anIntent("t"));
      expect(await requests.read(given)).toMatchObject({ status: "failed", undecided: anIntent("t") });
    });

    it("keeps the undecided write until a new one begins, or the request ends otherwise", async () => {
      const { requests } = stores();
      const reopenedUndecided = async () => {
        const given = await created();
        await requests.finish({ key: given, ...failedOutcome, undecided: anIntent("t") });
        await requests.reopen((await requests.read(given)) ?? given, now + 60_000);
        return given;
      };
      const begunAnew = await reopenedUndecided();
      await requests.beginAttempt(begunAnew, 2, begun);
      expect(await requests.read(begunAnew)).not.toHaveProperty("undecided");
      const ended = await reopenedUndecided();
      await requests.finish({ ...failedOutcome, key: ended, epoch: 2, status: "unchanged", result: {} });
      expect(await requests.read(ended)).not.toHaveProperty("undecided");
    });

    it.each(all.filter((status) => status !== "failed"))(
      "does not reopen a request that is %s",
      async (status) => {
        const { requests } = stores();
        const given = await created({ status });
        expect(await requests.reopen(given, now)).toBe(false);
        expect(await requests.reopen({ ...given, status: "failed" }, now)).toBe(false);
        expect(await requests.read(given)).toEqual(given);
      },
    );

    it("does not reopen a request from what was read before it failed", async () => {
      const { requests } = stores();
      const given = await created();
      await requests.finish({ key: given, ...failedOutcome });
      expect(await requests.reopen(given, now)).toBe(false);
      expect(await requests.read(given)).toMatchObject({ status: "failed", epoch: 1 });
    });
  });

  describe("a request's body", () => {
    it("is kept as it was, however large, and none where none was kept", async () => {
      const { requests } = stores();
      const given = await created();
      expect(await requests.body(given)).toBeUndefined();
      const large = JSON.stringify({ prompt: hardlyCompressible(1_048_576), name: "Ünïcode \u{1f600}" });
      await requests.keepBody(given, large, now);
      // Compared as a whole: a difference would print two megabytes.
      expect((await requests.body(given)) === large).toBe(true);
      await requests.keepBody(given, "", now);
      expect(await requests.body(given)).toBe("");
      expect(await requests.body({ ...given, requestId: "another" })).toBeUndefined();
      expect(await requests.read(given)).toEqual(given);
    });
  });
}

/** Letters that a compressor can only halve, the same each time. */
function hardlyCompressible(length: number): string {
  const blocks = Array.from({ length: Math.ceil(length / 128) }, (_, index) =>
    createHash("sha512").update(String(index)).digest("hex"),
  );
  return blocks.join("").slice(0, length);
}
