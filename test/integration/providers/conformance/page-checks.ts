/** A list is whole, or it is an error: what it leaves out looks deleted. */
import { expect } from "vitest";
import { allPages } from "../../../../shared/providers/all-pages.ts";
import type { Provider } from "../../../../shared/providers/provider.ts";
import { failureOf } from "../provider-call-context.ts";
import { type ConformanceCheck, type ConformanceWorld, options, requestsOf } from "./check.ts";

const html = { status: 200, html: true };

export const pageChecks: readonly ConformanceCheck[] = [
  {
    title: "reads a list to its end, every definition once",
    async run(world) {
      const { account, provider } = world;
      const made = fill(world);
      let ids: readonly string[] = [];
      const requests = await requestsOf(world, async () => {
        ids = await readWholeList(provider, account.scopes[0]);
      });
      expect(ids.toSorted()).toEqual(made.toSorted());
      expect(requests).toHaveLength(account.manyDefinitions.pages);
    },
  },
  {
    title: "never takes a list for complete that has a wrong page in it",
    async run(world) {
      const { account, provider } = world;
      const { pages } = account.manyDefinitions;
      const made = fill(world);
      const lies = {
        ...account.lyingPages,
        "an HTML page": { answer: html },
        "half a page": { answer: "truncated-json" as const },
        "an empty text": { answer: { status: 200, body: "" } },
        null: { answer: { status: 200, body: "null" } },
        "an object of another kind": { answer: { status: 200, body: '{"ok":true}' } },
        "an error in the clothes of a success": {
          answer: { status: 200, body: '{"error":"no","message":"no"}' },
        },
      };
      for (const [lie, fault] of Object.entries(lies)) {
        for (let nth = 1; nth <= pages; nth += 1) {
          account.addFault({ ...fault, match: { path: account.listPath, nth, times: "always" } });
          const error = await failureOf(readWholeList(provider, account.scopes[0]));
          expect(error, `${lie} as page ${nth}`).toMatchObject({ code: "malformed-answer" });
          account.clearFaults();
        }
      }
      expect(await readWholeList(provider, account.scopes[0])).toHaveLength(made.length);
    },
  },
  {
    title: "never takes a list for complete of which a page was refused or lost",
    async run(world) {
      const { account, provider } = world;
      const failures = [
        [{ status: 404 }, "not-found"],
        [{ status: 429 }, "rate-limited"],
        [{ status: 500 }, "server-error"],
        ["reset", "connection-lost"],
      ] as const;
      fill(world);
      for (const [answer, code] of failures) {
        for (let nth = 1; nth <= account.manyDefinitions.pages; nth += 1) {
          account.addFault({ answer, match: { path: account.listPath, nth } });
          const error = await failureOf(readWholeList(provider, account.scopes[0]));
          expect(error, `page ${nth}`).toMatchObject({ code });
        }
      }
    },
  },
];

/** The ids in the order of the list. */
export async function readWholeList(provider: Provider, scope: string): Promise<readonly string[]> {
  const ids: string[] = [];
  for await (const { body } of allPages((cursor) => provider.list(scope, cursor, options))) {
    ids.push(...body.definitions.map(({ definitionId }) => definitionId));
  }
  return ids;
}

function fill({ account }: ConformanceWorld): readonly string[] {
  return Array.from({ length: account.manyDefinitions.count }, (_, index) => {
    // Lists may be in the order of creation.
    account.pass(1_000);
    return account.createOutside(`case ${index}`);
  });
}
