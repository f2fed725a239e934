/** What every implementation of {@link HistoryStore} keeps to. */
import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { parseJson } from "../../shared/platform/json.ts";
import { aDefinition, aRecordedDefinition } from "./contract-data.ts";
import type { StoresUnderTest } from "./stores-under-test.ts";

export function historyStoreContract(stores: () => StoresUnderTest): void {
  const nameOf = (text: string | undefined) =>
    text === undefined ? undefined : (parseJson(text) as { name: string }).name;
  const fiveVersions = async () => {
    const texts = ["a", "b", "c", "d", "e"].map((name) => JSON.stringify({ name }));
    return (await aRecordedDefinition(stores(), texts)).target;
  };

  describe("a version", () => {
    it("is read with its texts as they were recorded", async () => {
      const { history } = stores();
      const texts = ['{"name":"x", "big": 12345678901234567890, "n": 1.0}', '{"name":"y"}'];
      const { target } = await aRecordedDefinition(stores(), texts);
      const first = await history.version(target, 1);
      expect(first).toMatchObject({ documentText: texts[0], foreignAttributes: false });
      expect(first?.patchText).toBeUndefined();
      const second = await history.version(target, 2);
      expect(second).toMatchObject({ documentText: texts[1], foreignAttributes: false });
      expect(parseJson(second?.patchText ?? "")).toContainEqual({ op: "add", path: "/name", value: "y" });
      expect(second?.record.previousHash).toBe(first?.record.chainHash);
    });

    it("of a definition that is gone has the text null", async () => {
      const { target } = await aRecordedDefinition(stores(), ['{"name":"x"}', undefined]);
      expect(await stores().history.version(target, 2)).toMatchObject({
        documentText: "null",
        record: { deleted: true },
      });
    });

    it("is none where none was recorded", async () => {
      const { history } = stores();
      const { target } = await aRecordedDefinition(stores());
      expect(await history.version(target, 0)).toBeUndefined();
      expect(await history.version(target, 2)).toBeUndefined();
      expect(await history.version(aDefinition(), 1)).toBeUndefined();
    });

    it("keeps a document that compresses to more than 300 KB, untouched", async () => {
      const lines = Array.from({ length: 20_000 }, (_, index) =>
        createHash("sha256").update(String(index)).digest("base64"),
      );
      const text = JSON.stringify({ name: lines.join("\n") });
      const { target } = await aRecordedDefinition(stores(), [text, text.replace("name", "other")]);
      const [first, second] = await stores().history.versionsFrom(target, 1, 10);
      expect(first?.record.document.chunks).toBeGreaterThan(1);
      expect(second?.record.patch?.chunks).toBeGreaterThan(1);
      // Compared as a whole: a difference would print megabytes.
      expect(first?.documentText === text).toBe(true);
      expect(second?.patchText?.includes(JSON.stringify(lines.join("\n")))).toBe(true);
    });
  });

  describe("the versions of a definition", () => {
    it("come in rising order from any of them on, at most as many as asked for", async () => {
      const { history } = stores();
      const target = await fiveVersions();
      const names = async (from: number, limit: number) =>
        (await history.versionsFrom(target, from, limit)).map(({ documentText }) => nameOf(documentText));
      expect(await names(1, 10)).toEqual(["a", "b", "c", "d", "e"]);
      expect(await names(2, 2)).toEqual(["b", "c"]);
      expect(await names(5, 10)).toEqual(["e"]);
      expect(await names(6, 10)).toEqual([]);
      expect(await history.versionsFrom(aDefinition(), 1, 10)).toEqual([]);
    });

    it("come newest first below any of them, with their patches", async () => {
      const { history } = stores();
      const target = await fiveVersions();
      const numbers = async (before: number | undefined, limit: number) =>
        (await history.versionsBefore(target, before, limit)).map(({ record }) => record.version);
      expect(await numbers(undefined, 10)).toEqual([5, 4, 3, 2, 1]);
      expect(await numbers(undefined, 2)).toEqual([5, 4]);
      expect(await numbers(4, 2)).toEqual([3, 2]);
      expect(await numbers(1, 10)).toEqual([]);
      expect(await history.versionsBefore(aDefinition(), undefined, 10)).toEqual([]);
      const [second, first] = await history.versionsBefore(target, 3, 2);
      expect(second?.patchText).toContain('"b"');
      expect(first).toEqual({ record: first?.record, patchText: undefined });
    });
  });
}
