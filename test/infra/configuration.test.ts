/** The table of options in infra/configuration.md and the schema say the same. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import * as z from "zod/mini";
import { connectionSchema } from "../../shared/platform/config.ts";

type Schema = {
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly default?: unknown;
  readonly enum?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
};

type Option = { readonly path: string; readonly schema: Schema; readonly default: unknown };

const text = readFileSync(join(import.meta.dirname, "../../infra/configuration.md"), "utf8");
// A custom check says nothing about itself there.
const schema = z.toJSONSchema(connectionSchema, { io: "input", unrepresentable: "any" }) as Schema;
const options = optionsOf(schema, "", undefined);

function optionsOf({ properties = {} }: Schema, prefix: string, defaults: unknown): readonly Option[] {
  return Object.entries(properties).flatMap(([name, inner]) => {
    const path = prefix + name;
    const own = member(defaults, name) ?? inner.default;
    return inner.properties === undefined
      ? [{ path, schema: inner, default: own }]
      : optionsOf(inner, `${path}.`, own);
  });
}

function member(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;
}

const rows = new Map(
  text
    .split("\n")
    .filter((line) => line.startsWith("| `"))
    .map((line) => line.split(" | "))
    .filter((cells) => cells.length === 5)
    .map(([option = "", byDefault = "", range = ""]) => [option.slice(3, -1), { byDefault, range }]),
);

describe("infra/configuration.md", () => {
  test("has a row for every option of a connection, and for nothing else", () => {
    expect([...rows.keys()]).toEqual(options.map(({ path }) => path));
    expect(options.length).toBeGreaterThan(15);
  });

  test.each(options)("names the default and the range of $path", (option) => {
    const row = rows.get(option.path);
    const byDefault =
      option.default === undefined ? /^(required|none)$/ : `\`${JSON.stringify(option.default)}\``;
    expect(row?.byDefault).toMatch(byDefault);
    const { enum: values = [], minimum, maximum } = option.schema;
    for (const bound of [...values, minimum, maximum]) {
      if (bound !== undefined) expect(row?.range).toContain(String(bound));
    }
  });
});
