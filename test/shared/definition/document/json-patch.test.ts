import { describe, expect, it } from "vitest";
import { applyJsonPatch, patchFaults } from "../../../../shared/definition/document/json-patch.ts";
import { type JsonObject, parseJson, stringifyJson } from "../../../../shared/platform/json.ts";

const apply = (document: string, ...operations: JsonObject[]) => {
  const result = applyJsonPatch(parseJson(document), operations);
  return result.outcome === "patched" ? stringifyJson(result.value) : `${result.outcome} ${result.pointer}`;
};

describe("JSON Patch", () => {
  it.each([
    ["adds a member", '{"a":1}', { op: "add", path: "/b", value: 2 }, '{"a":1,"b":2}'],
    ["inserts into an array", "[1,3]", { op: "add", path: "/1", value: 2 }, "[1,2,3]"],
    ["appends with -", "[1]", { op: "add", path: "/-", value: 2 }, "[1,2]"],
    ["replaces null by null's neighbour", '{"a":null}', { op: "replace", path: "/a", value: 0 }, '{"a":0}'],
    ["removes from an array", "[1,2,3]", { op: "remove", path: "/1" }, "[1,3]"],
    ["moves a member", '{"a":{"x":1}}', { op: "move", from: "/a/x", path: "/y" }, '{"a":{},"y":1}'],
    ["copies a member", '{"a":[1]}', { op: "copy", from: "/a", path: "/b" }, '{"a":[1],"b":[1]}'],
    [
      "sets null, which a merge patch cannot",
      '{"a":1}',
      { op: "replace", path: "/a", value: null },
      '{"a":null}',
    ],
    ["replaces the whole document", '{"a":1}', { op: "replace", path: "", value: { b: 2 } }, '{"b":2}'],
    ["reads escaped names", '{"a/b":1,"m~n":2}', { op: "remove", path: "/a~1b" }, '{"m~n":2}'],
    [
      "keeps number texts next to an edit",
      '{"v":1.0,"a":1}',
      { op: "replace", path: "/a", value: 2 },
      '{"v":1.0,"a":2}',
    ],
    [
      "takes an inherited name for a new member",
      "{}",
      { op: "add", path: "/toString", value: 1 },
      '{"toString":1}',
    ],
  ])("%s", (_what, document, operation, expected) => {
    expect(apply(document, operation as JsonObject)).toBe(expected);
  });

  it.each([
    ["a member that is not there", '{"a":1}', { op: "replace", path: "/b", value: 2 }],
    ["an inherited name", "{}", { op: "remove", path: "/toString" }],
    ["an index beyond the end", "[1]", { op: "add", path: "/2", value: 2 }],
    ["an index with a leading zero", "[1,2]", { op: "remove", path: "/01" }],
    ["- where nothing is added", "[1]", { op: "remove", path: "/-" }],
    ["a member of a string", '{"a":"text"}', { op: "add", path: "/a/0", value: 1 }],
    ["a source that is not there", "{}", { op: "copy", from: "/a", path: "/b" }],
  ])("does not find %s", (_what, document, operation) => {
    expect(apply(document, operation as JsonObject)).toBe(`path-missing ${operation.path}`);
  });

  it("compares numbers by value in a test", () => {
    expect(apply('{"v":1.0}', { op: "test", path: "/v", value: 1 })).toBe('{"v":1.0}');
    expect(apply('{"v":1}', { op: "test", path: "/v", value: 2 })).toBe("test-failed /v");
    expect(apply("{}", { op: "test", path: "/v", value: null })).toBe("test-failed /v");
  });

  it.each([
    ["no object", ["x"], "/0"],
    ["an unknown operation", [{ op: "merge", path: "/a" }], "/0/op"],
    ["an inherited operation", [{ op: "constructor", path: "/a" }], "/0/op"],
    ["a missing value", [{ op: "add", path: "/a" }], "/0/value"],
    ["a path that is no pointer", [{ op: "remove", path: "a" }], "/0/path"],
    ["a move into itself", [{ op: "move", from: "/a", path: "/a/b" }], "/0/path"],
  ])("names what is malformed: %s", (_what, patch, pointer) => {
    expect(patchFaults(patch).map((fault) => fault.pointer)).toEqual([pointer]);
  });
});
