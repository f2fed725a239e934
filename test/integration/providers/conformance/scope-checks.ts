/** Where definitions are, and how they are found there. */
import { expect } from "vitest";
import { allPages } from "../../../../shared/providers/all-pages.ts";
import type { Provider } from "../../../../shared/providers/provider.ts";
import { failureOf } from "../provider-call-context.ts";
import { type ConformanceCheck, options, requestsOf } from "./check.ts";
import { readWholeList } from "./page-checks.ts";

export const scopeChecks: readonly ConformanceCheck[] = [
  {
    title: "finds a moved definition in its new scope and no more in the old one",
    async run({ account, provider }) {
      const [from, to] = account.scopes;
      const id = account.createOutside("moved");
      const stays = account.createOutside("stays");
      expect(await readWholeList(provider, to)).toEqual([]);
      account.moveOutside(id, to);
      expect(await readWholeList(provider, from)).toEqual([stays]);
      expect(await readWholeList(provider, to)).toEqual([id]);
      const { value } = (await provider.get(id, options)).body;
      expect(provider.dialect.scopeOf(value)).toBe(to);
    },
  },
  {
    title: "names every scope, each of which can be listed",
    async run({ account, provider }) {
      const id = account.createOutside("somewhere");
      const scopes = await readAllScopes(provider);
      expect(scopes).toEqual(expect.arrayContaining([...account.scopes]));
      const found: string[] = [];
      for (const scope of new Set(scopes)) found.push(...(await readWholeList(provider, scope)));
      expect(found).toEqual([id]);
    },
  },
  {
    title: "asks nobody for a scope that the provider cannot have, and says what one looks like",
    async run(world) {
      const { account, provider } = world;
      for (const scope of account.scopes) expect(provider.dialect.scopeFault(scope), scope).toBeUndefined();
      for (const scope of ["", ...account.foreignScopes]) {
        expect(provider.dialect.scopeFault(scope), scope).toBeTypeOf("string");
        const requests = await requestsOf(world, async () => {
          const error = await failureOf(provider.list(scope, undefined, options));
          expect(error, scope).toMatchObject({ code: "invalid-request", effect: "none" });
        });
        expect(requests, scope).toEqual([]);
        expect(provider.dialect.scopeFault(scope), scope).toEqual(expect.any(String));
      }
      for (const scope of account.scopes) expect(provider.dialect.scopeFault(scope)).toBeUndefined();
    },
  },
  {
    title: "tells which workspace the key belongs to, where the provider says so",
    async run({ account, provider }) {
      expect((await provider.checkKey(options)).body).toEqual({ workspace: account.workspace });
    },
  },
];

async function readAllScopes(provider: Provider): Promise<readonly string[]> {
  const scopes: string[] = [];
  for await (const { body } of allPages((cursor) => provider.listScopes(cursor, options))) {
    expect(new Set(body.scopes).size).toBe(body.scopes.length);
    scopes.push(...body.scopes);
  }
  return scopes;
}
