import { describe, expect, it } from "vitest";
import * as z from "zod/mini";
import {
  jsonOutputOf,
  outputOf,
  parseTemplate,
  type References,
  resolve,
  resourcesOfType,
} from "../../../../infra/local/template/template.ts";

const references: References = {
  ref: (name) => `<${name}>`,
  attribute: (logicalId, attribute) => `<${logicalId}:${attribute}>`,
};

/** A placeholder of `Fn::Sub`. */
const hole = (name: string): string => `\${${name}}`;

describe("intrinsic functions", () => {
  it.each([
    [{ Ref: "Queue" }, "<Queue>"],
    [{ "Fn::GetAtt": ["Queue", "Arn"] }, "<Queue:Arn>"],
    [{ "Fn::GetAtt": "Table.Stream.Arn" }, "<Table:Stream.Arn>"],
    [{ "Fn::Join": ["-", ["a", { Ref: "B" }, 3]] }, "a-<B>-3"],
    [{ "Fn::Join": ["", { "Fn::Split": [":", "a:b"] }] }, "ab"],
    [{ "Fn::Sub": `a-${hole("B")}-${hole("C.D")}-${hole("!E")}` }, `a-<B>-<C:D>-${hole("E")}`],
    [{ "Fn::Sub": [hole("X") + hole("Y"), { X: { Ref: "B" } }] }, "<B><Y>"],
    [{ "Fn::Select": [1, { "Fn::Split": [":", "a:b:c"] }] }, "b"],
    [{ "Fn::Select": ["0", ["a", "b"]] }, "a"],
  ])("are replaced by their results: %j", (value, result) => {
    expect(resolve(value, references)).toBe(result);
  });

  it("are found at any depth, and all else stays as it is", () => {
    expect(resolve({ a: [{ Ref: "B" }, 1, null, true], Ref: { Ref: "C" }, "Fn::x": 1 }, references)).toEqual({
      a: ["<B>", 1, null, true],
      Ref: "<C>",
      "Fn::x": 1,
    });
  });

  it.each([
    [{ "Fn::ImportValue": "x" }, "the intrinsic function Fn::ImportValue is not known"],
    [{ "Fn::If": ["a", "b", "c"] }, "the intrinsic function Fn::If is not known"],
    [{ "Fn::GetAtt": ["Queue"] }, "Fn::GetAtt has an argument that is not known"],
    [{ "Fn::Select": [5, ["a"]] }, "Fn::Select has an argument that is not known"],
    [{ "Fn::Join": ["", [{ a: 1 }]] }, "Fn::Join needs a text"],
    [{ Ref: { Ref: "x" } }, "Ref needs a text"],
    ["{{resolve:secretsmanager:x}}", "dynamic references"],
  ])("that are not known are errors: %j", (value, message) => {
    expect(() => resolve({ deep: [value] }, references)).toThrow(message);
  });
});

describe("a template", () => {
  const template = parseTemplate(
    JSON.stringify({
      Resources: {
        A: { Type: "Thing", Properties: { Name: { Ref: "B" }, Other: { "Fn::Unknown": 1 } } },
        B: { Type: "Other" },
      },
      Outputs: { Plain: { Value: { Ref: "A" } }, Map: { Value: '{"x":"y"}' } },
    }),
  );

  it("gives the resources of a type, with the properties that matter resolved", () => {
    expect(resourcesOfType(template, "Thing", z.object({ Name: z.string() }), references)).toEqual([
      { logicalId: "A", properties: { Name: "<B>" }, metadata: {} },
    ]);
  });

  it("does not give a resource whose properties are not what they should be", () => {
    const read = () => resourcesOfType(template, "Thing", z.object({ Size: z.number() }), references);
    expect(read).toThrow(/A \(Thing\).*\n.*Size/);
  });

  it("does not give a resource that exists on a condition", () => {
    const text = '{"Resources":{"A":{"Type":"Thing","Condition":"C"}}}';
    const read = () => resourcesOfType(parseTemplate(text), "Thing", z.object({}), references);
    expect(read).toThrow("A has a Condition");
  });

  it("gives its outputs, and names one that is missing", () => {
    expect(outputOf(template, "Plain", references)).toBe("<A>");
    expect(jsonOutputOf(template, "Map", references)).toEqual({ x: "y" });
    expect(() => outputOf(template, "Nope", references)).toThrow("the template has no output Nope");
  });
});
