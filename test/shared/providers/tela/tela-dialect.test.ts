import { describe, expect, it } from "vitest";
import { contentOf } from "../../../../shared/definition/document/content.ts";
import type { JsonObject } from "../../../../shared/platform/json.ts";
import { type TelaDialectOptions, telaDialect } from "../../../../shared/providers/tela/tela-dialect.ts";

const dialect = (options: Partial<TelaDialectOptions> = {}) =>
  telaDialect({ ignore: [], sendUnknownFields: true, ...options });

const content: JsonObject = {
  title: "Refund",
  messages: null,
  variables: { order: "17", name: "Dana" },
  variablesRichContent: null,
  files: [],
  promptId: "p1",
  expectedOutput: "An apology",
  answers: { good: [], bad: [] },
  promptApplicationId: null,
  metadata: null,
};

const live: JsonObject = {
  id: "t1",
  ...content,
  createdAt: "2026-03-02T08:14:09.120Z",
  updatedAt: "2026-04-21T15:40:33.907Z",
  deletedAt: null,
};

describe("the content of a Tela test case", () => {
  it("is everything but what Tela keeps for itself, and the runs that a list may show", () => {
    expect(contentOf({ ...live, generations: [{ id: "g" }] }, dialect().bookkeeping)).toEqual(content);
  });

  it("belongs to the scope of its prompt", () => {
    expect(dialect().scopeOf(content)).toBe("prompt:p1");
  });

  it.each([undefined, null, "", 7, "\ud800", "p".repeat(513)])(
    "belongs to a scope that cannot be listed with the prompt %j",
    (promptId) => {
      const { promptId: _, ...rest } = content;
      const odd = promptId === undefined ? rest : { ...rest, promptId };
      expect(dialect().scopeOf(odd)).toBe("other:unknown");
    },
  );

  it("is named by its title", () => {
    expect(dialect().nameOf(content)).toBe("Refund");
    expect(dialect().nameOf({ title: null })).toBe("");
  });
});

describe("the body of an update", () => {
  const bodyOf = (wanted: JsonObject, options: Partial<TelaDialectOptions> = {}) =>
    dialect(options).updateBody("t1", content, wanted, live);

  it("holds the changed members only, none of them as it was read and may not be written", () => {
    expect(bodyOf({ ...content, title: "Renamed" })).toEqual({ title: "Renamed" });
  });

  it("holds whole objects, whatever Tela does with parts of them", () => {
    const variables = { order: "18", name: "Dana" };
    expect(bodyOf({ ...content, variables })).toEqual({ variables });
    expect(bodyOf({ ...content, variables: {} })).toEqual({ variables: {} });
  });

  it("clears a member by null", () => {
    const { expectedOutput: _, ...wanted } = content;
    const cleared = dialect().withClearedMembers(wanted, content);
    expect(bodyOf(cleared)).toEqual({ expectedOutput: null });
  });

  it("moves a test case only where its prompt was changed", () => {
    expect(bodyOf({ ...content, promptId: "p2" })).toEqual({ promptId: "p2" });
  });

  it("keeps what the connection ignores inside an object that it sends", () => {
    const metadata = { source: "craft", taskId: "task_1" };
    const withMetadata = { ...live, metadata };
    const ignoring = dialect({ ignore: ["/metadata/taskId"] });
    const base = contentOf(withMetadata, ignoring.bookkeeping);
    const wanted = { ...base, metadata: { source: "test-case" } };
    expect(ignoring.updateBody("t1", base, wanted, withMetadata)).toEqual({
      metadata: { source: "test-case", taskId: "task_1" },
    });
  });

  it("never holds a member that the connection ignores", () => {
    const ignoring = dialect({ ignore: ["/expectedOutput"] });
    const base = contentOf(live, ignoring.bookkeeping);
    expect(ignoring.updateBody("t1", base, { ...base, title: "x" }, live)).toEqual({ title: "x" });
  });
});

describe("a wanted test case in Tela's own form", () => {
  it("shows null where a member is left out that Tela clears", () => {
    const { expectedOutput: _, variables: __, files: ___, ...wanted } = content;
    expect(dialect().withClearedMembers(wanted, content)).toEqual({
      ...wanted,
      expectedOutput: null,
      variables: null,
      files: null,
    });
  });

  it("leaves out what nobody can clear, and invents nothing", () => {
    const { title: _, ...wanted } = content;
    expect(dialect().withClearedMembers(wanted, { ...content, extra: 1 })).toEqual(wanted);
    expect(dialect().withClearedMembers(content, {})).toEqual(content);
  });
});

describe("a replacing test case", () => {
  it("keeps what it does not name, unknown members as well", () => {
    const definition = { title: "new", variables: null };
    expect(dialect().replacedContent({ ...content, extra: 1 }, definition)).toEqual({
      ...content,
      ...definition,
      extra: 1,
    });
  });
});

describe("a restored test case", () => {
  const options = { keepEngineVersion: false };

  it("is what was recorded", () => {
    const restored = { ...content, title: "old", expectedOutput: null };
    expect(dialect().restoredContent(restored, content, options)).toEqual(restored);
  });

  it("lets go of a member that Tela clears, and keeps what nobody can take away", () => {
    const { expectedOutput: _, metadata: __, ...restored } = content;
    const now = { ...content, metadata: { source: "craft" }, extra: 1 };
    const wanted = dialect().restoredContent(restored, now, options);
    expect(dialect().withClearedMembers(wanted, now)).toEqual({
      ...now,
      expectedOutput: null,
    });
  });

  it("does not bring back a member of Tela's own that Tela has given up", () => {
    expect(dialect().restoredContent({ ...content, extra: 1 }, content, options)).toEqual(content);
  });
});

describe("a test case that is made anew", () => {
  it("has what was recorded, without bookkeeping and nulls", () => {
    const {
      messages: _,
      variablesRichContent: __,
      promptApplicationId: ___,
      metadata: ____,
      ...given
    } = content;
    expect(dialect().recreateBody(live)).toEqual({ ...given, messages: [], variablesRichContent: {} });
  });

  it("has unknown members where the connection sends them", () => {
    const recorded = { ...live, description: "d" };
    expect(dialect().recreateBody(recorded)).toHaveProperty("description", "d");
    expect(dialect({ sendUnknownFields: false }).recreateBody(recorded)).not.toHaveProperty("description");
  });

  it("has what the connection ignores", () => {
    expect(dialect({ ignore: ["/variables"] }).recreateBody(live)).toHaveProperty(
      "variables",
      content["variables"],
    );
  });

  it("is refused where its answers may not be sent, or where it was recorded without its prompt", () => {
    const body = dialect().recreateBody(live);
    const pointers = (options: Partial<TelaDialectOptions>, given: JsonObject) =>
      dialect(options)
        .definitionFaults(given, "recreate")
        .map(({ pointer }) => pointer);
    expect(pointers({}, body)).toEqual(["/answers"]);
    expect(pointers({ sendAnswers: true }, body)).toEqual([]);
    const { promptId: _, ...rest } = body;
    expect(pointers({ sendAnswers: true }, rest)).toEqual(["/promptId"]);
  });
});

it("names the members of a body that Tela's documents do not know", () => {
  expect(dialect().unknownMembers({ ...live, description: "d", generations: [] })).toEqual(["description"]);
});

it("means the request where a working key is refused", () => {
  expect(dialect().refusalWithWorkingKey).toBe("rejected");
});
