import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openDataFolder } from "../../../infra/local/data-folder.ts";

const module = new URL("../../../infra/local/data-folder.ts", import.meta.url).href;

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

  it("is given back when its owner is gone, and emptied for a fresh start, but for the user's own files", () => {
    const folder = join(parent, "data");
    const owner = `
      const { openDataFolder } = await import(${JSON.stringify(module)});
      const { writeFileSync } = await import("node:fs");
      const { stackFile, tokensFile, demoMarker } = openDataFolder(${JSON.stringify(folder)}, false);
      for (const file of [stackFile, tokensFile, demoMarker]) writeFileSync(file, "old");
      process.kill(process.pid, "SIGKILL");`;
    spawnSync(process.execPath, ["--input-type=module", "--eval", owner]);
    writeFileSync(join(folder, "notes.txt"), "mine");
    const { stackFile, tokensFile, demoMarker } = openDataFolder(folder, true);
    expect([stackFile, tokensFile, demoMarker].filter(existsSync)).toEqual([]);
    expect(existsSync(join(folder, "notes.txt"))).toBe(true);
  });

  it("is not emptied where it holds somebody else's files", () => {
    const notes = join(parent, "notes.txt");
    writeFileSync(notes, "mine");
    expect(() => openDataFolder(parent, true)).toThrow("was not made by npm start");
    expect(existsSync(notes)).toBe(true);
  });
});
