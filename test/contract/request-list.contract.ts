/** What every implementation of {@link RequestStore} keeps to: the list of requests. */
import { describe, expect, it } from "vitest";
import type { RequestRecord } from "../../shared/change-request/record/request-record.ts";
import type { RequestPosition } from "../../shared/change-request/record/request-store.ts";
import { aCreatedRecord, aRecord, failedOutcome } from "./contract-data.ts";
import { now, type StoresUnderTest } from "./stores-under-test.ts";

export function requestListContract(stores: () => StoresUnderTest): void {
  const created = (more?: Partial<RequestRecord>) => aCreatedRecord(stores(), more);

  describe("the list of requests", () => {
    const idsOf = async (connection: string, at = now) =>
      (await stores().requests.list({ connection }, undefined, 50, at)).records.map(
        ({ requestId }) => requestId,
      );

    it("is newest first over the turn of a month, in pages that neither repeat nor skip", async () => {
      const { requests } = stores();
      const start = Date.parse("2026-09-30T23:59:59.000Z");
      const given = await Promise.all(
        Array.from({ length: 25 }, (_, index) =>
          created({
            connection: "paged",
            queuedAt: start + index * 100,
            ...(index % 5 === 0 && { status: "failed" }),
          }),
        ),
      );
      const ids: string[] = [];
      let after: RequestPosition | undefined;
      do {
        const page = await requests.list({ connection: "paged" }, after, 7, now);
        ids.push(...page.records.map(({ requestId }) => requestId));
        after = page.next;
      } while (after !== undefined);
      expect(ids).toEqual(given.map(({ requestId }) => requestId).reverse());

      const failed = await requests.list({ connection: "paged", status: "failed" }, undefined, 50, now);
      expect(failed.records).toHaveLength(5);
      expect(failed.next).toBeUndefined();
      // A page that is exactly full is the last one where nothing follows.
      expect((await requests.list({ connection: "paged" }, undefined, 25, now)).next).toBeUndefined();
    });

    it("filters by definition, also by the one that a request made", async () => {
      const { requests } = stores();
      const edit = await created({ definitionId: "only-this", queuedAt: now + 1 });
      const { definitionId, ...withoutDefinition } = aRecord({ operation: "create" });
      const create = { ...withoutDefinition, result: { definitionId: "only-this" } };
      await requests.create(create);
      expect((await requests.list({ definitionId: "only-this" }, undefined, 50, now)).records).toEqual([
        edit,
        create,
      ]);
    });

    it("puts a reopened request where its new epoch was queued", async () => {
      const { requests } = stores();
      const connection = "reopened";
      const monthBefore = now - 30 * 86_400_000;
      const old = await created({ connection, queuedAt: monthBefore, submittedAt: monthBefore });
      const younger = await created({ connection, queuedAt: now - 60_000 });
      expect(await idsOf(connection)).toEqual([younger.requestId, old.requestId]);
      await requests.finish({ key: old, ...failedOutcome });
      await requests.reopen((await requests.read(old)) ?? old, now);
      expect(await idsOf(connection)).toEqual([old.requestId, younger.requestId]);
      expect(await requests.read(old)).toMatchObject({ submittedAt: monthBefore, queuedAt: now });
    });

    it("looks back as many months as records live, and ahead only as far as clocks differ", async () => {
      const connection = "long-ago";
      const queuedAt = Date.parse("2026-11-30T23:59:30.000Z");
      const ahead = await created({ connection, queuedAt: Date.parse("2026-12-01T00:00:10.000Z") });
      const recent = await created({ connection, queuedAt });
      await created({ connection, queuedAt: Date.parse("2026-07-31T00:00:00.000Z") });
      expect(await idsOf(connection, queuedAt)).toEqual([ahead.requestId, recent.requestId]);
      expect(await idsOf(connection, queuedAt - 120_000)).toEqual([recent.requestId]);
    });
  });
}
