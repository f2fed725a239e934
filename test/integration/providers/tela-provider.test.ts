import { describe, expect, it } from "vitest";
import { allPages } from "../../../shared/providers/all-pages.ts";
import type { Provider } from "../../../shared/providers/provider.ts";
import { failureOf } from "./provider-call-context.ts";
import { answering, options } from "./scripted-provider.ts";
import { json } from "./scripted-server.ts";
import { ID, tela, testCase } from "./tela-context.ts";

describe("a test case of Tela", () => {
  it("is read as it came, with its timestamps", async () => {
    const { provider, server } = await tela(answering(200, testCase));
    const { body } = await provider.get(ID, options);
    expect(body).toEqual({
      definitionId: ID,
      text: JSON.stringify(testCase),
      value: testCase,
      created: { raw: "2023-11-07T05:31:56Z", at: Date.UTC(2023, 10, 7, 5, 31, 56) },
      modified: { raw: "2023-11-08T05:31:56.789Z", at: Date.UTC(2023, 10, 8, 5, 31, 56, 789) },
      deleted: false,
    });
    expect(server.requests).toMatchObject([{ method: "GET", path: `/test-case/${ID}`, body: "" }]);
  });

  it("is deleted where it has the mark, and living where it has none", async () => {
    for (const [deletedAt, deleted] of [
      ["2026-01-01T00:00:00.000Z", true],
      ["2026-01-01T00:00:00", true],
      [null, false],
      [undefined, false],
    ] as const) {
      const { provider } = await tela(answering(200, { ...testCase, deletedAt }));
      expect((await provider.get(ID, options)).body.deleted, `${deletedAt}`).toBe(deleted);
    }
  });

  it.each([false, true, 0, "", "yes", {}])("is not believed with the mark %j", async (deletedAt) => {
    const { provider } = await tela(answering(200, { ...testCase, deletedAt }));
    expect(await failureOf(provider.get(ID, options))).toMatchObject({ code: "malformed-answer" });
  });

  it("has no time where its zone is unknown", async () => {
    const { provider } = await tela(answering(200, { ...testCase, updatedAt: "2023-11-08T05:31:56.789" }));
    expect((await provider.get(ID, options)).body).not.toHaveProperty("modified");
  });

  it("is another's where its id is another one", async () => {
    const { provider } = await tela(answering(200, { ...testCase, id: "another" }));
    expect(await failureOf(provider.get(ID, options))).toMatchObject({
      code: "malformed-answer",
      definitionId: "another",
    });
  });
});

describe("the list of a prompt", () => {
  it("is asked for by the prompt alone, and has no pages", async () => {
    const rows = [testCase, { ...testCase, id: "2", deletedAt: "2026-01-01T00:00:00.000Z", extra: 1 }];
    const { provider, server } = await tela(answering(200, rows));
    const { body } = await provider.list("prompt:a&b=ü", undefined, options);
    expect(body).not.toHaveProperty("nextCursor");
    expect(body.definitions).toMatchObject([
      { definitionId: ID, deleted: false, value: rows[0] },
      { definitionId: "2", deleted: true, value: rows[1], text: JSON.stringify(rows[1]) },
    ]);
    expect(server.requests.map(({ path }) => path)).toEqual(["/test-case?promptId=a%26b%3D%C3%BC"]);
  });

  it.each(["", "p1", "prompt:", "suite:1", "workspace", "retell-llm:l", "other:unknown", "prompt:\ud800"])(
    "does not exist for the scope %j",
    async (scope) => {
      const { provider, server } = await tela(answering(200, []));
      expect(await failureOf(provider.list(scope, undefined, options))).toMatchObject({
        code: "invalid-request",
      });
      expect(server.requests).toEqual([]);
      expect(provider.dialect.scopeFault(scope)).toBe(
        "Tela lists test cases per prompt (canvas): prompt:<promptId>",
      );
    },
  );

  it.each([[{}], [{ items: [] }], [null], [[{ title: "no id" }]], [["id"]], [[{ id: "" }]], [[null]]])(
    "is not believed as %j",
    async (body) => {
      const { provider } = await tela(answering(200, body));
      const error = await failureOf(provider.list("prompt:p1", undefined, options));
      expect(error).toMatchObject({ code: "malformed-answer" });
    },
  );
});

describe("the scopes", () => {
  const parents: Record<string, unknown> = {
    "/project": [
      { id: "one", deletedAt: null },
      { id: "gone", deletedAt: "2026-01-01T00:00:00.000Z" },
      { id: "t w/o" },
    ],
    "/prompt?projectId=one&includeStats=false&includeLastVersion=false": [
      { id: "p1" },
      { id: "p2", deletedAt: "2026-01-01T00:00:00.000Z" },
      { id: "p1" },
    ],
    "/prompt?projectId=t+w%2Fo&includeStats=false&includeLastVersion=false": [{ id: "p3", deletedAt: null }],
  };

  const scopesOf = async (provider: Provider) => {
    const pages: (readonly string[])[] = [];
    for await (const { body } of allPages((cursor) => provider.listScopes(cursor, options))) {
      pages.push(body.scopes);
    }
    return pages;
  };

  it("are the prompts of every project, one call for each", async () => {
    const { provider, server } = await tela(({ path }, response) =>
      json(response, path in parents ? 200 : 404, parents[path] ?? {}),
    );
    expect(await scopesOf(provider)).toEqual([[], ["prompt:p1"], ["prompt:p3"]]);
    expect(server.requests.map(({ path }) => path)).toEqual(Object.keys(parents));
  });

  it("are none without a project", async () => {
    const { provider } = await tela(answering(200, []));
    expect(await scopesOf(provider)).toEqual([[]]);
  });

  it.each([[{}], [[{ title: "no id" }]], [[{ id: "p", deletedAt: "maybe" }]], [[7]], [[{ id: "\ud800" }]]])(
    "are not believed as %j",
    async (body) => {
      const { provider } = await tela(answering(200, body));
      for (const cursor of [undefined, "one"]) {
        expect(await failureOf(provider.listScopes(cursor, options))).toMatchObject({
          code: "malformed-answer",
        });
      }
    },
  );
});

describe("a write", () => {
  it("sends what it is given, by POST and PATCH", async () => {
    const { provider, server } = await tela(answering(200, testCase));
    await provider.create({ title: "a" }, options);
    await provider.update(ID, { expectedOutput: null }, options);
    expect(server.requests).toMatchObject([
      { method: "POST", path: "/test-case", body: '{"title":"a"}' },
      { method: "PATCH", path: `/test-case/${ID}`, body: '{"expectedOutput":null}' },
    ]);
  });

  it.each([
    ["a test case", testCase],
    ["an array of one", [testCase]],
  ])("is answered with the whole definition by %s", async (_, body) => {
    const { provider } = await tela(answering(200, body));
    const whole = { definitionId: ID, value: testCase, text: JSON.stringify(testCase), deleted: false };
    expect((await provider.create({}, options)).body).toMatchObject(whole);
    expect((await provider.update(ID, {}, options)).body).toMatchObject(whole);
  });

  const { updatedAt: _, ...withoutTime } = testCase;
  const { variables: __, ...withoutMember } = testCase;
  it.each([
    ["its id", { id: ID }],
    ["an array with its id", [{ id: ID }]],
    ["no modification time", withoutTime],
    ["a member less than every test case has", withoutMember],
    ["a mark of deletion", { ...testCase, deletedAt: "2026-01-01T00:00:00.000Z" }],
  ])("tells no more than the id where it is answered with %s", async (_what, body) => {
    const { provider } = await tela(answering(200, body));
    expect((await provider.create({}, options)).body).toEqual({ definitionId: ID });
    expect((await provider.update(ID, {}, options)).body).toEqual({ definitionId: ID });
  });

  it("may be answered with nothing where it is an update, and not where it is a create", async () => {
    const { provider } = await tela((_request, response) => response.writeHead(200).end());
    const { body, receipt } = await provider.update(ID, {}, options);
    expect(body).toEqual({ definitionId: ID });
    expect(receipt.status).toBe(200);
    expect(await failureOf(provider.create({}, options))).toMatchObject({
      code: "malformed-answer",
      effect: "unknown",
    });
  });

  it.each([[{}], [[]], [[testCase, testCase]], [{ success: true }], [{ error: "no" }], ["ok"]])(
    "is not known to have happened with the answer %j",
    async (body) => {
      const { provider } = await tela(answering(200, body));
      for (const call of [provider.create({}, options), provider.update(ID, {}, options)]) {
        expect(await failureOf(call)).toMatchObject({ code: "malformed-answer", effect: "unknown" });
      }
    },
  );
});

describe("a delete", () => {
  it.each([
    ["nothing", ""],
    ["the test case", JSON.stringify({ ...testCase, deletedAt: "2026-01-01T00:00:00.000Z" })],
  ])("is done where it is answered with %s", async (_, text) => {
    const { provider, server } = await tela((_request, response) => response.writeHead(200).end(text));
    expect((await provider.delete(ID, options)).body).toBeUndefined();
    expect(server.requests).toMatchObject([{ method: "DELETE", path: `/test-case/${ID}`, body: "" }]);
  });

  it.each([
    ["an error", { status: "error", message: "maintenance" }],
    ["the test case without the mark", testCase],
    ["another test case", { ...testCase, id: "2", deletedAt: "2026-01-01T00:00:00.000Z" }],
    ["a list", [{ ...testCase, deletedAt: "2026-01-01T00:00:00.000Z" }]],
  ])("is not believed where it is answered with %s", async (_, body) => {
    const { provider } = await tela(answering(200, body));
    expect(await failureOf(provider.delete(ID, options))).toMatchObject({
      code: "malformed-answer",
      effect: "unknown",
    });
  });
});

describe("the key check", () => {
  it.each([
    [{ id: "key_1" }, undefined],
    [{ id: "key_1", workspaceId: "w" }, "w"],
    [{ workspaceId: 7 }, undefined],
    [[], undefined],
    [[{ workspaceId: "w" }, { workspaceId: "w" }], "w"],
    [[{ workspaceId: "w" }, { workspaceId: "v" }], undefined],
    [[{ workspaceId: "w" }, {}], undefined],
  ])("takes %j for the workspace %j", async (body, workspace) => {
    const { provider, server } = await tela(answering(200, body));
    expect((await provider.checkKey(options)).body).toEqual({ workspace });
    expect(server.requests).toMatchObject([{ method: "GET", path: "/api-key" }]);
  });

  it.each([null, "ok", ["key"]])("does not believe %j", async (body) => {
    const { provider } = await tela(answering(200, body));
    expect(await failureOf(provider.checkKey(options))).toMatchObject({ code: "malformed-answer" });
  });
});

it("finds Tela's words in each form of its errors", async () => {
  const forms = [
    { code: "invalid_request", message: "words", status: 400, name: "Error" },
    { error: { code: "invalid_request", message: "words" } },
    { code: "invalid_request", message: { message: "words" }, status: 400 },
  ];
  for (const form of forms) {
    const { provider } = await tela(answering(400, form));
    expect(await failureOf(provider.get(ID, options))).toMatchObject({
      code: "invalid-request",
      providerMessage: "words",
    });
  }
});
