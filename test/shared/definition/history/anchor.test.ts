import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { anchorOf } from "../../../../shared/definition/history/anchor.ts";

const head = (definitionId: string, chainHash = "aa") => ({
  connection: "retell",
  definitionId,
  version: 3,
  chainHash,
});
const at = Date.parse("2026-11-21T03:00:00.000Z");

describe("an anchor", () => {
  it("names every head in one order, whatever the order in which they were read", () => {
    const anchor = anchorOf([head("b"), head("a")], at);
    expect(anchor.text).toBe(anchorOf([head("a"), head("b")], at).text);
    const [summary = "", ...lines] = anchor.text.trimEnd().split("\n");
    expect(lines.map((line) => JSON.parse(line).definitionId)).toEqual(["a", "b"]);
    expect(JSON.parse(summary)).toEqual({
      format: 1,
      anchoredAt: "2026-11-21T03:00:00.000Z",
      heads: 2,
      sha256: anchor.sha256,
    });
  });

  it("has the hash that any tool makes of its lines", () => {
    const { text, sha256 } = anchorOf([head("a"), head("b")], at);
    const lines = text.slice(text.indexOf("\n") + 1);
    expect(createHash("sha256").update(lines).digest("hex")).toBe(sha256);
  });

  it("changes with any head", () => {
    expect(anchorOf([head("a", "ab")], at).sha256).not.toBe(anchorOf([head("a")], at).sha256);
    expect(anchorOf([], at).sha256).not.toBe(anchorOf([head("a")], at).sha256);
  });
});
