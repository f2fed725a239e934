/** What every implementation of {@link RequestStore} keeps to: records, attempts and failures, and their transitions. */
import { describe, expect, it } from "vitest";
import type { RequestRecord } from "../../shared/change-request/record/request-record.ts";
import {
  type RequestStatus,
  statusesBefore,
  terminalStatuses,
} from "../../shared/change-request/record/request-state.ts";
import { aCreatedRecord, anIntent, aRecord, failedOutcome } from "./contract-data.ts";
import { now, type StoresUnderTest } from "./stores-under-test.ts";

const begun = { attempts: 1, charges: 1, startedAt: now };
const all: readonly RequestStatus[] = ["queued", "applying", ...terminalStatuses];

export function requestStoreContract(stores: () => StoresUnderTest): void {
  const created = (more?: Partial<RequestRecord>) => aCreatedRecord(stores(), more);

  describe("a request's record", () => {
    it("is created once; whoever comes second gets the first one", async () => {
      const { requests } = stores();
      const first = aRecord({ reason: "because", failing: { since: now, unhealthyMs: 0 } });
      expect(await requests.create(first)).toEqual({ created: true });
      expect(await requests.create({ ...first, fingerprint: "sha256:other" })).toEqual({
        created: false,
        existing: first,
      });
      expect(await requests.read(first)).toEqual(first);
    });

    it("is none where none was created, and nothing makes one", async () => {
      const { requests } = stores();
      const record = aRecord();
      expect(await requests.beginAttempt(record, 1, begun)).toBe(false);
      expect(await requests.noteFailure(record, 1, { attempts: 1 })).toBe(false);
      expect(await requests.finish({ key: record, ...failedOutcome })).toBe(false);
      expect(await requests.reopen({ ...record, status: "failed" }, now)).toBe(false);
      await requests.markDeadLettered(record, 1);
      expect(await requests.read(record)).toBeUndefined();
    });

    const ends = terminalStatuses.flatMap((to) => all.map((from) => [from, to] as const));
    it.each(ends)("from %s to %s: only as the transitions say", async (from, to) => {
      const { requests } = stores();
      const given = await created({ status: from });
      const allowed = statusesBefore(to).includes(from);
      expect(
        await requests.finish({ key: given, epoch: 1, status: to, result: { version: 7 }, finishedAt: now }),
      ).toBe(allowed);
      expect(await requests.read(given)).toEqual(
        allowed
          ? {
              ...given,
              status: to,
              result: { version: 7 },
              finishedAt: now,
              ...(to === "failed" && { deadLettered: false }),
            }
          : given,
      );
    });

    it("takes an outcome in its own epoch only", async () => {
      const { requests } = stores();
      const given = await created({ epoch: 2 });
      expect(await requests.finish({ key: given, ...failedOutcome })).toBe(false);
      expect(await requests.finish({ key: given, ...failedOutcome, epoch: 3 })).toBe(false);
      expect(await requests.read(given)).toEqual(given);
    });

    it("keeps the write that could not be decided with the outcome", async () => {
      const { requests } = stores();
      const given = await created({ status: "applying" });
      await requests.finish({ key: given, ...failedOutcome, undecided: anIntent("t") });
      expect(await requests.read(given)).toMatchObject({ status: "failed", undecided: anIntent("t") });
    });
  });

  describe("an attempt", () => {
    it.each(all)("begun from %s: only while the request is open, in its own epoch", async (status) => {
      const { requests } = stores();
      const given = await created({ status });
      const isOpen = status === "queued" || status === "applying";
      expect(await requests.beginAttempt(given, 2, begun)).toBe(false);
      expect(await requests.beginAttempt(given, 1, begun)).toBe(isOpen);
      expect(await requests.read(given)).toEqual(
        isOpen ? { ...given, status: "applying", attempts: 1, charges: 1, firstAttemptAt: now } : given,
      );
    });

    it("takes the failure before it off, and what a read lacked, and keeps when the provider began to fail", async () => {
      const { requests } = stores();
      const failing = { since: now - 5_000, unhealthyMs: 70 };
      const incomplete = { epoch: 1, since: now, contentHash: "sha256:x" };
      const before = { attempts: 1, failedAt: now - 5_000, failing, incomplete };
      const given = await created({ status: "applying", ...before });
      await requests.beginAttempt(given, 1, { attempts: 2, charges: 1, startedAt: now });
      const { failedAt, incomplete: _incomplete, ...rest } = given;
      expect(await requests.read(given)).toEqual({
        ...rest,
        attempts: 2,
        charges: 1,
        firstAttemptAt: now,
      });
    });

    it("makes an outcome void that was decided before it", async () => {
      const { requests } = stores();
      const given = await created();
      const decided = { key: given, epoch: 1, status: "conflict", result: {}, finishedAt: now } as const;
      await requests.beginAttempt(given, 1, begun);
      expect(await requests.finish({ ...decided, seenAttempts: 0 })).toBe(false);
      expect(await requests.read(given)).toMatchObject({ status: "applying", attempts: 1 });
      expect(await requests.finish({ ...decided, seenAttempts: 1 })).toBe(true);
      expect(await requests.read(given)).not.toHaveProperty("seenAttempts");
    });

    it("leaves the start of the first one, over all epochs", async () => {
      const { requests } = stores();
      const given = await created();
      await requests.beginAttempt(given, 1, begun);
      await requests.beginAttempt(given, 1, { attempts: 2, charges: 2, startedAt: now + 9_000 });
      await requests.finish({ key: given, ...failedOutcome });
      await requests.reopen((await requests.read(given)) ?? given, now + 20_000);
      await requests.beginAttempt(given, 2, { attempts: 1, charges: 0, startedAt: now + 30_000 });
      expect(await requests.read(given)).toMatchObject({
        epoch: 2,
        attempts: 1,
        charges: 0,
        firstAttemptAt: now,
      });
    });
  });

  describe("a failed delivery", () => {
    it.each(all)("is noted from %s: only while the request is open, in its own epoch", async (status) => {
      const { requests } = stores();
      const given = await created({ status });
      const incomplete = { epoch: 1, since: now, contentHash: "sha256:x" };
      const failing = { since: now, unhealthyMs: 5 };
      const note = { attempts: 3, charges: 2, failedAt: now, failing, incomplete };
      const isOpen = status === "queued" || status === "applying";
      expect(await requests.noteFailure(given, 2, note)).toBe(false);
      expect(await requests.noteFailure(given, 1, note)).toBe(isOpen);
      expect(await requests.read(given)).toEqual(isOpen ? { ...given, ...note } : given);
    });

    it("has no uncharged failure unless the note says so; what it does not name stays", async () => {
      const { requests } = stores();
      const failing = { since: now, unhealthyMs: 5 };
      const given = await created({ status: "applying", attempts: 1, charges: 1, failedAt: now, failing });
      expect(await requests.noteFailure(given, 1, { attempts: 2 })).toBe(true);
      const { failedAt, ...rest } = given;
      expect(await requests.read(given)).toEqual({ ...rest, attempts: 2 });
    });
  });
}
