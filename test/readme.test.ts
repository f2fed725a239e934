/** The README names files, scripts and links: they are there. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

const root = join(import.meta.dirname, "..");
const readme = readFileSync(join(root, "README.md"), "utf8");
const outsideTables = readme.replace(/^\|.*\|$/gm, "");
const named = (pattern: RegExp, text = readme): readonly string[] =>
  [...text.matchAll(pattern)].map(([, name = ""]) => name);
const missing = (paths: readonly string[]) => paths.filter((path) => !existsSync(join(root, path)));

describe("the README", () => {
  it("can be read in one go", () => {
    expect(readme.split("\n").length).toBeLessThanOrEqual(251);
  });

  it("names files that are there, those of its table of promises below test/", () => {
    const inTable = named(/^\| .* \| (.*) \|$/gm)
      .flatMap((cell) => [...cell.matchAll(/`([^`*\s]+(?:\/|\.ts))`/g)])
      .map(([, path = ""]) => path);
    expect(inTable.length).toBeGreaterThan(15);
    expect(missing(inTable.map((path) => join("test", path)))).toEqual([]);
    const elsewhere = named(/(?:`|\]\()((?:test|infra|shared|functions)\/[^`*\s)]+)[`)]/g, outsideTables);
    expect(elsewhere.length).toBeGreaterThan(3);
    expect(missing(elsewhere)).toEqual([]);
  });

  it("names scripts that are there", () => {
    const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
      scripts: Record<string, string>;
    };
    const run = named(/npm run ([a-z-]+)/g);
    expect(run.length).toBeGreaterThan(3);
    expect(run.filter((name) => !(name in scripts))).toEqual([]);
  });
});
