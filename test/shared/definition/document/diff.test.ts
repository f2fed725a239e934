import { describe, expect, it } from "vitest";
import { diff } from "../../../../shared/definition/document/diff.ts";
import { MAX_PATCH_OPERATIONS } from "../../../../shared/definition/document/json-patch.ts";
import { isJsonArray, isJsonObject, type JsonValue, parseJson } from "../../../../shared/platform/json.ts";

const listOf = <T>(length: number, element: (index: number) => T): T[] =>
  Array.from({ length }, (_, index) => element(index));

/** Tool mocks whose arguments hold a list of objects with a list; all quantities differ between two of them. */
const mocksWithLists = (mocks: number, lines: number, quantity: number): JsonValue => ({
  tool_mocks: listOf(mocks, (mock) => ({
    tool_name: "order",
    input_match_rule: {
      args: {
        lines: listOf(lines, (line) => ({
          sku: `sku ${line}`,
          quantity: mock * lines + line + quantity,
          tags: listOf(5, (tag) => `tag ${line + tag}`),
        })),
      },
    },
  })),
});

/** The same value, and how often an array or object in it has been looked at. */
function watched(value: JsonValue): { readonly value: JsonValue; readonly looks: () => number } {
  let looks = 0;
  const wrapped = (one: JsonValue): JsonValue => {
    if (!isJsonArray(one) && !isJsonObject(one)) return one;
    const copy = isJsonArray(one)
      ? one.map(wrapped)
      : Object.fromEntries(Object.entries(one).map(([name, member]) => [name, wrapped(member)]));
    const look = <Arguments extends unknown[], Seen>(reflected: (...args: Arguments) => Seen) => {
      return (...args: Arguments): Seen => {
        looks += 1;
        return reflected(...args);
      };
    };
    return new Proxy(copy, { ownKeys: look(Reflect.ownKeys), get: look(Reflect.get) }) as JsonValue;
  };
  return { value: wrapped(value), looks: () => looks };
}

/** Members and elements at any depth. */
function sizeOf(value: JsonValue): number {
  if (!isJsonArray(value) && !isJsonObject(value)) return 1;
  return Object.values(value).reduce<number>((size, part) => size + sizeOf(part as JsonValue), 1);
}

describe("diff", () => {
  it("tells an insertion at the front of an array from a change of all its items", () => {
    expect(diff(["b", "c"], ["a", "b", "c"])).toEqual([{ op: "add", path: "/0", value: "a" }]);
  });

  it("keeps the elements that both arrays have, and goes into those that take each other's place", () => {
    const kept = { tool_name: "kept", args: [1, 2] };
    expect(
      diff([{ name: "first", args: [1] }, kept, "gone"], [{ name: "first", args: [1, 2] }, kept, "b", "c"]),
    ).toEqual([
      { op: "add", path: "/0/args/-", value: 2 },
      { op: "replace", path: "/2", value: "b" },
      { op: "add", path: "/-", value: "c" },
    ]);
    expect(diff(["a", kept, "b", "c"], [kept, "c"])).toEqual([
      { op: "remove", path: "/0" },
      { op: "remove", path: "/1" },
    ]);
  });

  it("sees no change between number texts of the same value, at any depth", () => {
    expect(diff(parseJson('{"v":1.0}'), parseJson('{"v":1}'))).toEqual([]);
    expect(diff(parseJson('{"a":[{"v":1.0}],"b":1}'), parseJson('{"a":[{"v":1}],"b":2}'))).toEqual([
      { op: "replace", path: "/b", value: 2 },
    ]);
  });

  it.each([
    ["20 x 20", mocksWithLists(20, 20, 0), mocksWithLists(20, 20, 1_000)],
    ["40 x 40", mocksWithLists(40, 40, 0), mocksWithLists(40, 40, 10_000)],
    ["arrays 100 deep", nested(100, 0), nested(100, 1)],
  ])("looks at each value a few times at most, however the arrays lie in each other: %s", (_what, a, b) => {
    const [from, to] = [watched(a), watched(b)];
    expect(diff(from.value, to.value).length).toBeGreaterThan(0);
    expect(from.looks()).toBeLessThan(20 * sizeOf(a));
    expect(to.looks()).toBeLessThan(20 * sizeOf(b));
  });

  it("compares a million elements at most in all of a document: what is left then is replaced whole", () => {
    const kept = listOf(98, String);
    const lists = (ends: string) => ({ lists: listOf(200, () => [ends, ...kept, ends]) });
    const patch = diff(lists("old"), lists("new"));
    const within = patch.filter(({ value }) => value === "new").map(({ path }) => path);
    const whole = patch.filter(({ value }) => isJsonArray(value)).map(({ path }) => path);
    expect(within).toEqual(listOf(192, (n) => `/lists/${Math.floor(n / 2)}/${n % 2 === 0 ? 0 : 99}`));
    expect(whole).toEqual(listOf(104, (n) => `/lists/${n + 96}`));
  });

  it("finds a change in an array of any length that is the same around it", () => {
    const long = listOf(5_000, String);
    expect(diff({ long }, { long: [...long, "new"] })).toEqual([
      { op: "add", path: "/long/-", value: "new" },
    ]);
    expect(diff({ long }, { long: long.toSpliced(2_000, 1) })).toEqual([
      { op: "remove", path: "/long/2000" },
    ]);
  });

  it("has no more operations than a patch may have", () => {
    const wide = (value: string) => Object.fromEntries(listOf(2_000, (index) => [`v${index}`, value]));
    const patch = diff({ wide: wide("a"), name: "a" }, { wide: wide("b"), name: "b" });
    expect(patch).toEqual([
      { op: "replace", path: "/wide", value: wide("b") },
      { op: "replace", path: "/name", value: "b" },
    ]);
    const all = wide("a");
    const most = {
      ...all,
      ...Object.fromEntries(listOf(MAX_PATCH_OPERATIONS, (index) => [`v${index}`, "b"])),
    };
    expect(diff(all, most)).toHaveLength(MAX_PATCH_OPERATIONS);
  });
});

function nested(depth: number, leaf: number): JsonValue {
  return depth === 0 ? leaf : [nested(depth - 1, leaf), "beside it", { depth }];
}
