/** What a write sends, and what it answers. */
import { expect } from "vitest";
import { contentOf } from "../../../../shared/definition/document/content.ts";
import { stringifyJson } from "../../../../shared/platform/json.ts";
import { failureOf } from "../provider-call-context.ts";
import { bodyOfEdit, type ConformanceCheck, options, requestsOf, shown } from "./check.ts";

export const writeChecks: readonly ConformanceCheck[] = [
  {
    title: "creates by one call with what was given and nothing else",
    async run(world) {
      const { account, provider } = world;
      const given = account.definition("created");
      expect(provider.dialect.definitionFaults(given, "create")).toEqual([]);
      let definitionId = "";
      const requests = await requestsOf(world, async () => {
        const { body, receipt } = await provider.create(provider.dialect.createBody(given), options);
        ({ definitionId } = body);
        if ("value" in body) {
          expect(stringifyJson(body.value)).toBe(stringifyJson(account.stored(definitionId)));
        }
        expect(receipt.status).toBeGreaterThanOrEqual(200);
        // An HTTP date has whole seconds.
        expect(receipt.clockAheadMs).toBe(Math.floor(account.now() / 1_000) * 1_000 - account.now());
      });
      expect(requests).toMatchObject([{ method: "POST", body: given, applied: true }]);
      expect(account.effects()).toMatchObject([{ kind: "created", definitionId }]);
    },
  },
  {
    title: "finds in the answer to a create everything that was sent",
    async run({ account, provider }) {
      const { dialect } = provider;
      const body = dialect.createBody(account.definition("created"));
      const { value } = await shown(provider, (await provider.create(body, options)).body);
      expect(contentOf(value, dialect.bookkeeping)).toMatchObject({ ...body });
      expect(dialect.scopeOf(value)).toBe(account.scopes[0]);
      expect(dialect.scopeOf(body)).toBe(account.scopes[0]);
      expect(dialect.nameOf(value)).toBe("created");
    },
  },
  {
    title: "updates by one call, with the whole content or the changed members as its dialect says",
    async run(world) {
      const { account, provider } = world;
      const { dialect } = provider;
      const { name } = account.members;
      const id = account.createOutside("updated");
      const body = await bodyOfEdit(world, id, { [name]: "renamed" });
      const content = contentOf(account.stored(id) ?? {}, dialect.bookkeeping);
      expect(Object.keys(body)).toEqual(dialect.updateSends === "changed" ? [name] : Object.keys(content));
      const requests = await requestsOf(world, async () => {
        const written = (await provider.update(id, body, options)).body;
        expect(written.definitionId).toBe(id);
        if ("value" in written) expect(stringifyJson(written.value)).toBe(stringifyJson(account.stored(id)));
      });
      expect(requests).toHaveLength(1);
      expect(stringifyJson(requests[0]?.body)).toBe(stringifyJson(body));
      expect(account.stored(id)?.[name]).toBe("renamed");
    },
  },
  {
    title: "never sends the provider's own bookkeeping",
    async run(world) {
      const { account, provider } = world;
      const { dialect } = provider;
      const { name, prompt } = account.members;
      const id = account.createOutside("kept");
      const bodies = [
        await bodyOfEdit(world, id, { [name]: "a", [prompt]: "b" }),
        dialect.recreateBody(account.stored(id) ?? {}),
        dialect.createBody(account.definition("c")),
      ];
      for (const body of bodies) {
        expect(stringifyJson(body)).toBe(stringifyJson(contentOf(body, dialect.bookkeeping)));
        for (const own of [account.members.id, account.members.modified, account.members.created]) {
          expect(body).not.toHaveProperty(own);
        }
      }
    },
  },
  {
    title: "refuses bookkeeping that a request sets",
    async run({ account, provider: { dialect } }) {
      for (const own of [account.members.id, account.members.modified, account.members.created]) {
        const faults = dialect.definitionFaults({ ...account.definition("x"), [own]: "1" }, "create");
        expect(faults.map(({ pointer }) => pointer)).toContain(`/${own}`);
      }
    },
  },
  {
    title: "asks for no other definition, whatever an id looks like",
    async run(world) {
      const { account, provider } = world;
      const id = account.createOutside("there");
      const odd = ["", ".", "..", `${id}/..`, `../${id}`, `${id}?x=1`, `${id}#`, "%2e%2e", "\ud800", " "];
      for (const other of odd) {
        const requests = await requestsOf(world, async () => {
          for (const call of [
            () => provider.get(other, options),
            () => provider.update(other, { [account.members.name]: "lost" }, options),
            () => provider.delete(other, options),
          ]) {
            expect((await failureOf(call())).code).toMatch(/^(invalid-request|not-found)$/);
          }
        });
        for (const { path } of requests) expect(decodeURIComponent(path.split("/").at(-1) ?? "")).toBe(other);
      }
      expect(account.effects()).toMatchObject([{ kind: "created", definitionId: id }]);
    },
  },
];
