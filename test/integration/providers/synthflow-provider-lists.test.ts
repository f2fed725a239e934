import { describe, expect, it } from "vitest";
import { allPages } from "../../../shared/providers/all-pages.ts";
import type { Provider } from "../../../shared/providers/provider.ts";
import { failureOf } from "./provider-call-context.ts";
import { answering, options } from "./scripted-provider.ts";
import { json, type RecordedRequest } from "./scripted-server.ts";
import { casesOf, enveloped, idOf, synthflow } from "./synthflow-context.ts";

const SUITE = "f47ac10b-58cc-4372-a567-0e02b2c3d479";

const page = (total: number | undefined, items: readonly unknown[]) =>
  enveloped({ pagination: { total_records: total, limit: 100, offset: 0 }, items });

/** Answers the pages one after the other, then the last one again and again. */
const pages =
  (...answers: readonly unknown[]) =>
  (_: RecordedRequest, response: Parameters<typeof json>[0], count: number) =>
    json(response, 200, answers[Math.min(count, answers.length) - 1]);

async function idsOf(provider: Provider, scope = "workspace"): Promise<readonly string[]> {
  const ids: string[] = [];
  for await (const { body } of allPages((cursor) => provider.list(scope, cursor, options))) {
    ids.push(...body.definitions.map(({ definitionId }) => definitionId));
  }
  return ids;
}

describe("the list of a scope", () => {
  it("is the workspace's, page by page, of which it takes its own cases", async () => {
    const inSuite = { ...casesOf(1)[0], suite_id: SUITE };
    const { provider, server } = await synthflow(
      pages(page(3, [inSuite, ...casesOf(2)]), page(3, [{ ...casesOf(3)[0], suite_id: null }])),
    );
    expect(await idsOf(provider, `suite:${SUITE}`)).toEqual([idOf(1)]);
    expect(server.requests.map(({ path }) => path)).toEqual([
      "/v2/simulation_cases?page_number=1&page_size=100",
      "/v2/simulation_cases?page_number=2&page_size=100",
    ]);
  });

  it("holds in the workspace what is in no suite", async () => {
    const inSuite = { ...casesOf(1)[0], suite_id: SUITE };
    const { provider } = await synthflow(
      answering(200, page(3, [inSuite, ...casesOf(2), { ...casesOf(3)[0], suite_id: null }])),
    );
    expect(await idsOf(provider)).toEqual([idOf(2), idOf(3)]);
    const { elsewhere } = (await provider.list("workspace", undefined, options)).body;
    expect(elsewhere?.map(({ definitionId }) => definitionId)).toEqual([idOf(1)]);
  });

  it("goes on where pages are shorter than was asked for", async () => {
    const { provider } = await synthflow(
      pages(page(5, casesOf(1, 2)), page(5, casesOf(3, 4)), page(5, casesOf(5))),
    );
    expect(await idsOf(provider)).toHaveLength(5);
  });

  it("goes on to an empty page where no total is told", async () => {
    const { provider, server } = await synthflow(
      pages(enveloped({ items: casesOf(1, 2) }), enveloped({ items: casesOf(3) }), enveloped({ items: [] })),
    );
    expect(await idsOf(provider)).toHaveLength(3);
    expect(server.requests).toHaveLength(3);
  });

  it("survives cases that come and go while it is read", async () => {
    // Two were deleted from the first page: what follows has moved up.
    const { provider } = await synthflow(pages(page(4, casesOf(1, 2, 3)), page(2, [])));
    expect(await idsOf(provider)).toEqual([idOf(1), idOf(2), idOf(3)]);
    // One was made at its beginning: the third comes again.
    const { provider: other } = await synthflow(pages(page(4, casesOf(1, 2, 3)), page(5, casesOf(3, 4))));
    expect(await idsOf(other)).toEqual([1, 2, 3, 3, 4].map(idOf));
  });

  it.each<[string, readonly unknown[]]>([
    ["a page that comes again", [page(4, casesOf(1, 2)), page(4, casesOf(1, 2))]],
    ["fewer cases than it tells", [page(4, casesOf(1, 2)), page(4, [])]],
    ["more cases than it tells", [page(1, casesOf(1, 2))]],
    ["a total that grows for ever", [page(3, casesOf(1, 2)), page(4, casesOf(3)), page(4, [])]],
    ["no items", [enveloped({ pagination: { total_records: 0 } })]],
    ["items that are no list", [enveloped({ pagination: { total_records: 0 }, items: {} })]],
    ["an item without an id", [page(1, [{ name: "n" }])]],
    ["an item whose id is another route", [page(1, [{ simulation_case_id: "by_agent" }])]],
    ["an item that is no object", [page(1, [idOf(1)])]],
    ["the cases of an agent, which have no pages", [enveloped(casesOf(1))]],
    ["no envelope", [{ pagination: { total_records: 1 }, items: casesOf(1) }]],
  ])("is never taken for complete that has %s", async (_, answers) => {
    const { provider } = await synthflow(pages(...answers));
    expect(await failureOf(idsOf(provider))).toMatchObject({ code: "malformed-answer" });
  });

  it("takes no other list's cursor", async () => {
    const { provider, server } = await synthflow(answering(200, page(0, [])));
    await expect(provider.list("workspace", "llm_1", options)).rejects.toThrow("not a cursor");
    expect(server.requests).toHaveLength(0);
  });
});

describe("the scopes", () => {
  const suites = (total: number, ...ids: readonly string[]) =>
    enveloped({ items: ids.map((id) => ({ id, name: "s" })), total, page_number: 1, page_size: 10 });

  it("are the workspace, the suites, and what the cases name besides", async () => {
    const answers: Record<string, unknown> = {
      "/v2/simulation_suites?page_number=1": suites(3, "s1", "s2"),
      "/v2/simulation_suites?page_number=2": suites(3, "s3"),
      "/v2/simulation_cases?page_number=1&page_size=100": page(4, [
        { ...casesOf(1)[0], suite_id: "s1" },
        { ...casesOf(2)[0], suite_id: "s1" },
      ]),
      "/v2/simulation_cases?page_number=2&page_size=100": page(4, [
        { ...casesOf(3)[0], suite_id: "hidden" },
        ...casesOf(4),
      ]),
    };
    const { provider, server } = await synthflow(({ path }, response) => json(response, 200, answers[path]));
    expect(await scopesOf(provider)).toEqual([
      ["workspace", "suite:s1", "suite:s2"],
      ["suite:s3"],
      ["suite:s1"],
      ["suite:hidden", "workspace"],
    ]);
    expect(server.requests).toHaveLength(4);
  });

  it("are the workspace alone where there is nothing", async () => {
    const { provider } = await synthflow(pages(suites(0), page(0, [])));
    expect(await scopesOf(provider)).toEqual([["workspace"], []]);
  });

  it.each<[string, readonly unknown[]]>([
    ["a suite without an id", [enveloped({ items: [{ name: "s" }], total: 1 })]],
    ["missing items", [enveloped({ total: 0 })]],
    ["suites that come again", [suites(9, "s1", "s2"), suites(9, "s1", "s2")]],
    ["fewer suites than it tells", [suites(2, "s1"), suites(2)]],
    ["a broken list of cases", [suites(0), enveloped({})]],
  ])("are not taken from lists with %s", async (_, answers) => {
    const { provider } = await synthflow(pages(...answers));
    expect(await failureOf(scopesOf(provider))).toMatchObject({ code: "malformed-answer" });
  });
});

async function scopesOf(provider: Provider): Promise<(readonly string[])[]> {
  const found: (readonly string[])[] = [];
  for await (const { body } of allPages((cursor) => provider.listScopes(cursor, options)))
    found.push(body.scopes);
  return found;
}
