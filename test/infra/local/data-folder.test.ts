import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openDataFolder } from "../../../infra/local/data-folder.ts";

describe("the data folder", () => {
  let parent: string;
  beforeEach(() => {
    parent = mkdtempSync(join(tmpdir(), "data-folder-"));
  });
  afterEach(() => rmSync(parent, { recursive: true }));

  it("is made where there is none, also for a fresh start", () => {
    expect(existsSync(openDataFolder(join(parent, "a/b"), false).engines)).toBe(true);
    expect(existsSync(openDataFolder(join(parent, "c"), true).engines)).toBe(true);
  });

  it("belongs to one stack at a time", () => {
    openDataFolder(parent, false);
    expect(() => openDataFolder(parent, false)).toThrow(`Another stack is running on ${parent}`);
    expect(() => openDataFolder(parent, true)).toThrow(`Another stack is running on ${parent}`);
  });

  it("is not emptied where it holds somebody else's files", () => {
    const notes = join(parent, "notes.txt");
    writeFileSync(notes, "mine");
    expect(() => openDataFolder(parent, true)).toThrow("was not made by npm start");
    expect(existsSync(notes)).toBe(true);
  });
});
