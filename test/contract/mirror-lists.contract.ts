/** What every implementation of {@link MirrorLists} keeps to. */
import { describe, expect, it } from "vitest";
import { firstSeenKey } from "../../shared/platform/table-keys.ts";
import { aRecordedDefinition } from "./contract-data.ts";
import { now, type StoresUnderTest } from "./stores-under-test.ts";

export function mirrorListsContract(stores: () => StoresUnderTest): void {
  /** The ids of a connection's definitions that were first seen from `at` on, read in pages of two. */
  const idsSince = async (at: number, withDeleted: boolean) => {
    const { mirrorLists } = stores();
    const ids: string[] = [];
    let after: string | undefined = firstSeenKey(at, "");
    do {
      const page = await mirrorLists.list({ connection: "retell" }, { withDeleted }, after, 2);
      ids.push(...page.mirrors.map(({ definitionId }) => definitionId));
      after = page.next;
    } while (after !== undefined);
    return ids;
  };

  describe("a list of mirrors", () => {
    it("goes in the order in which they were first seen, from an instant on, deleted ones only if wanted", async () => {
      const documents = ['{"name":"x"}'];
      const made: string[] = [];
      for (const texts of [documents, [...documents, undefined], documents, documents, documents]) {
        made.push((await aRecordedDefinition(stores(), texts)).target.definitionId);
      }
      const { mirrors } = stores();
      const seen = await Promise.all(
        made.map(async (definitionId) => {
          const mirror = await mirrors.mirror({ connection: "retell", definitionId });
          return firstSeenKey(mirror?.firstSeenAt ?? 0, definitionId);
        }),
      );
      const inOrder = made
        .map((id, index) => ({ id, key: seen[index] ?? "" }))
        .sort((a, b) => (a.key < b.key ? -1 : 1))
        .map(({ id }) => id);
      const ours = new Set(made);
      const all = (await idsSince(now - 1_000, true)).filter((id) => ours.has(id));
      expect(all).toEqual(inOrder);
      const living = (await idsSince(now - 1_000, false)).filter((id) => ours.has(id));
      expect(living).toEqual(inOrder.filter((id) => id !== made[1]));
      expect(await idsSince(now + 3_600_000, true)).toEqual([]);
    });
  });
}
