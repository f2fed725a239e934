import { appendFileSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { DataFile } from "../../../../infra/local/simulators/data-file.ts";

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "data-file-"));
  path = join(folder, "new", "data.jsonl");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test("a file that was never written has no lines", () => {
  expect(new DataFile(path).lines()).toBeUndefined();
});

test("changes follow the first line until they are folded into it", () => {
  const file = new DataFile(path);
  file.replace("all");
  file.append("change 1");
  file.append("change 2");
  expect(new DataFile(path).lines()).toEqual(["all", "change 1", "change 2"]);
  file.replace("all, changed");
  expect(new DataFile(path).lines()).toEqual(["all, changed"]);
  expect(readdirSync(join(folder, "new"))).toEqual(["data.jsonl"]);
});

test("a line that was not finished is no line", () => {
  const file = new DataFile(path);
  file.replace("all");
  appendFileSync(path, '{"workspace":"w');
  expect(new DataFile(path).lines()).toEqual(["all"]);
});

test("a fold is due after some megabytes of changes, and no longer after it", () => {
  const file = new DataFile(path);
  file.replace("all");
  for (let megabytes = 0; megabytes < 9; megabytes += 1) {
    expect(file.shouldFold).toBe(false);
    file.append("x".repeat(1_000_000));
  }
  expect(file.shouldFold).toBe(true);
  file.replace("all");
  expect(file.shouldFold).toBe(false);
});
