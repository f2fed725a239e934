/** What Tela cannot do, row by row, each a clear fault before anything is sent. */
import { describe, expect, it } from "vitest";
import type { JsonObject, JsonValue } from "../../../../shared/platform/json.ts";
import type { Fault } from "../../../../shared/providers/provider.ts";
import { type TelaDialectOptions, telaDialect } from "../../../../shared/providers/tela/tela-dialect.ts";

const dialect = (options: Partial<TelaDialectOptions> = {}) =>
  telaDialect({ ignore: [], sendUnknownFields: true, ...options });

const file = {
  index: 0,
  name: "receipt.pdf",
  mimeType: "application/pdf",
  vaultUrl: "vault://1",
  variableName: "receipt",
  url: "https://files/1",
};

const whole: JsonObject = {
  title: "Refund",
  messages: [{ role: "user", content: "Where is it?" }],
  variables: { order: "17" },
  variablesRichContent: {},
  files: [file],
  promptId: "p1",
  expectedOutput: "An apology",
};
const minimal: JsonObject = { promptId: "p1", messages: [], variablesRichContent: {} };
const live: JsonObject = {
  ...whole,
  messages: null,
  answers: null,
  promptApplicationId: null,
  metadata: null,
};

const pointersOf = (faults: readonly Fault[]) => faults.map(({ pointer }) => pointer);

/** The faults of an edit that gives one member this value, `undefined` takes it away; as the domain asks. */
function faultsOfEdit(
  member: string,
  value: JsonValue | undefined,
  options: Partial<TelaDialectOptions> = {},
  base: JsonObject = live,
): readonly Fault[] {
  const { [member]: _, ...rest } = base;
  const asked = value === undefined ? rest : { ...rest, [member]: value };
  const { memberFaults, updateFaults, withClearedMembers } = dialect(options);
  const wanted = withClearedMembers(asked, base);
  const faults = memberFaults(wanted, new Set([member]));
  expect(
    pointersOf(updateFaults(base, wanted)).every((pointer) => pointersOf(faults).includes(pointer)),
  ).toBe(true);
  return faults;
}

describe("a valid test case", () => {
  it.each<JsonObject>([
    {},
    { variables: null, files: null, expectedOutput: null, promptApplicationId: null },
    { metadata: { source: "somewhere new", taskId: "t" } },
    { messages: [{ role: "tool", content: { type: "text" } }] },
    { description: "no document knows it" },
  ])("has no faults with %j", (members) => {
    expect(dialect().definitionFaults({ ...minimal, ...members }, "create")).toEqual([]);
    expect(dialect().definitionFaults({ ...whole, ...members }, "replace")).toEqual([]);
  });

  it("may be given back as it was read, with the nulls and the answers that nobody may send", () => {
    const read = {
      ...whole,
      messages: null,
      variablesRichContent: null,
      metadata: null,
      answers: { good: [] },
    };
    expect(dialect().definitionFaults(read, "replace")).toEqual([]);
    expect(dialect().updateFaults(read, read)).toEqual([]);
  });
});

describe("a test case that Tela would refuse", () => {
  it("names what a create or a replace must have", () => {
    expect(pointersOf(dialect().definitionFaults({}, "create"))).toEqual([
      "/promptId",
      "/messages",
      "/variablesRichContent",
    ]);
    expect(pointersOf(dialect().definitionFaults({}, "replace"))).toEqual(
      Object.keys(whole).map((member) => `/${member}`),
    );
  });

  it.each<[JsonObject, string]>([
    [{ title: 7 }, "/title"],
    [{ promptId: "" }, "/promptId"],
    [{ messages: {} }, "/messages"],
    [{ messages: ["hello"] }, "/messages/0"],
    [{ messages: [{ role: "user" }] }, "/messages/0/content"],
    [{ messages: [{ role: "", content: "x" }] }, "/messages/0/role"],
    [{ variables: { order: 17 } }, "/variables/order"],
    [{ variables: [] }, "/variables"],
    [{ variablesRichContent: { note: null } }, "/variablesRichContent/note"],
    [{ files: [{ ...file, index: "0" }] }, "/files/0/index"],
    [{ files: [{ ...file, url: 1 }] }, "/files/0/url"],
    [{ expectedOutput: {} }, "/expectedOutput"],
    [{ promptApplicationId: 1 }, "/promptApplicationId"],
    [{ metadata: "craft" }, "/metadata"],
  ])("is refused for %j", (members, pointer) => {
    const [[member = "", value]] = Object.entries(members) as [[string, JsonValue]];
    for (const operation of ["create", "replace"] as const) {
      const faults = dialect().definitionFaults({ ...whole, ...members }, operation);
      expect(pointersOf(faults), operation).toEqual([pointer]);
    }
    expect(pointersOf(faultsOfEdit(member, value))).toEqual([pointer]);
  });

  it("does not turn a number into the text that Tela takes", () => {
    expect(faultsOfEdit("variables", { order: 17 })).toEqual([
      { pointer: "/variables/order", message: "must be a string" },
    ]);
  });

  it("has no member called __proto__", () => {
    const metadata = JSON.parse('{"__proto__":"x"}') as JsonObject;
    expect(pointersOf(faultsOfEdit("metadata", metadata))).toEqual(["/metadata/__proto__"]);
  });
});

describe("null and removal", () => {
  const neverNull = ["title", "messages", "variablesRichContent", "promptId", "metadata"];

  it.each(neverNull)("%s cannot be null on Tela, nor removed", (member) => {
    const base = { ...live, messages: [], metadata: { source: "craft" } };
    const message = "cannot be null or removed on Tela";
    expect(faultsOfEdit(member, null, {}, base)).toEqual([{ pointer: `/${member}`, message }]);
    expect(faultsOfEdit(member, undefined, {}, base)).toEqual([{ pointer: `/${member}`, message }]);
    expect(pointersOf(dialect().definitionFaults({ ...minimal, [member]: null }, "create"))).toContain(
      `/${member}`,
    );
  });

  it.each(["variables", "files", "expectedOutput", "promptApplicationId"])("%s can be cleared", (member) => {
    expect(faultsOfEdit(member, null)).toEqual([]);
    expect(faultsOfEdit(member, undefined)).toEqual([]);
    // At the edge a merge patch's null is a member that is touched and not there.
    expect(dialect().memberFaults({}, new Set([member]))).toEqual([]);
  });

  it("a member that Tela's documents do not know cannot be removed", () => {
    expect(faultsOfEdit("description", undefined, {}, { ...live, description: "d" })).toEqual([
      { pointer: "/description", message: "cannot be removed: Tela documents no way to do so" },
    ]);
  });

  it("at the edge a merge patch's null is refused for what cannot be cleared", () => {
    expect(pointersOf(dialect().memberFaults({}, new Set([...neverNull, "description"])))).toEqual(
      [...neverNull, "description"].map((member) => `/${member}`),
    );
  });
});

describe("what Tela keeps for itself", () => {
  it.each(["id", "createdAt", "updatedAt", "deletedAt", "generations"])("%s cannot be set", (member) => {
    for (const operation of ["create", "replace"] as const) {
      expect(dialect().definitionFaults({ ...whole, [member]: "x" }, operation)).toEqual([
        { pointer: `/${member}`, message: "is kept by Tela and cannot be set" },
      ]);
    }
    expect(dialect().bookkeeping).toContainEqual({ path: [member] });
  });
});

describe("a member of another provider", () => {
  it.each([
    ["name", "; theirs is title"],
    ["metrics", "; theirs is expectedOutput"],
    ["success_criteria", "; theirs is expectedOutput"],
    ["user_prompt", "; theirs is messages"],
    ["dynamic_variables", "; theirs is variables"],
    ["response_engine", "; theirs is promptId"],
    ["suite_id", "; theirs is promptId"],
    ["tool_mocks", ""],
    ["llm_model", ""],
  ])("%s is named, with Tela's own for the same", (member, own) => {
    const expected = [{ pointer: `/${member}`, message: `is no member of Tela's test cases${own}` }];
    expect(faultsOfEdit(member, "x")).toEqual(expected);
    expect(dialect().definitionFaults({ ...minimal, [member]: "x" }, "create")).toEqual(expected);
    expect(dialect().definitionFaults({ ...whole, [member]: "x" }, "replace")).toEqual(expected);
  });
});

describe("answers", () => {
  const answers = { good: ["yes"], bad: [] };

  it("are refused with the reason and the option, unless the connection has it", () => {
    const [fault] = faultsOfEdit("answers", answers);
    expect(fault).toMatchObject({ pointer: "/answers" });
    expect(fault?.message).toContain("contradict each other");
    expect(fault?.message).toContain("sendAnswers");
    expect(faultsOfEdit("answers", answers, { sendAnswers: true })).toEqual([]);
    expect(pointersOf(faultsOfEdit("answers", "yes", { sendAnswers: true }))).toEqual(["/answers"]);
  });

  it("cannot be cleared either without it", () => {
    const base = { ...live, answers };
    expect(pointersOf(faultsOfEdit("answers", undefined, {}, base))).toEqual(["/answers"]);
    expect(pointersOf(faultsOfEdit("answers", null, {}, base))).toEqual(["/answers"]);
    expect(faultsOfEdit("answers", null, { sendAnswers: true }, base)).toEqual([]);
  });

  it("are refused in a create, and in a replace that changes them", () => {
    expect(pointersOf(dialect().definitionFaults({ ...minimal, answers }, "create"))).toEqual(["/answers"]);
    expect(dialect({ sendAnswers: true }).definitionFaults({ ...minimal, answers }, "create")).toEqual([]);
    expect(pointersOf(dialect().updateFaults(live, { ...live, answers }))).toEqual(["/answers"]);
  });
});

describe("a connection's options", () => {
  it("refuse members that it does not send", () => {
    const strict = { sendUnknownFields: false };
    expect(pointersOf(faultsOfEdit("description", "d", strict))).toEqual(["/description"]);
    expect(pointersOf(dialect(strict).definitionFaults({ ...minimal, description: "d" }, "create"))).toEqual([
      "/description",
    ]);
  });

  it("leave to a replace what it ignores, and refuse to set it", () => {
    const ignoring = dialect({ ignore: ["/variables"] });
    const { variables: _, ...rest } = whole;
    expect(ignoring.definitionFaults(rest, "replace")).toEqual([]);
    expect(pointersOf(ignoring.definitionFaults(whole, "replace"))).toEqual(["/variables"]);
    expect(ignoring.definitionFaults({ ...minimal, variables: {} }, "create")).toEqual([]);
  });
});

it("takes any id, because no document says that it must be a UUID", () => {
  expect(dialect().definitionIdFault("no uuid")).toBeUndefined();
});

it("names no more than a hundred faults", () => {
  const variables = Object.fromEntries(Array.from({ length: 150 }, (_, index) => [`v${index}`, index]));
  expect(dialect().definitionFaults({ ...minimal, variables }, "create")).toHaveLength(100);
  expect(faultsOfEdit("variables", variables)).toHaveLength(100);
});
