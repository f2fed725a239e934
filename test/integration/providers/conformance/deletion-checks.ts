/** What is deleted is gone, or says so. */
import { expect } from "vitest";
import type { ObservedDefinition } from "../../../../shared/providers/provider.ts";
import { ProviderCallError } from "../../../../shared/providers/provider-call-error.ts";
import { failureOf } from "../provider-call-context.ts";
import { bodyOfEdit, type ConformanceCheck, type ConformanceWorld, options, requestsOf } from "./check.ts";

export const deletionChecks: readonly ConformanceCheck[] = [
  {
    title: "deletes by one call, after which the definition is gone",
    async run(world) {
      const { account, provider } = world;
      const id = account.createOutside("deleted");
      const stays = account.createOutside("stays");
      const requests = await requestsOf(world, async () => {
        expect((await provider.delete(id, options)).body).toBeUndefined();
      });
      expect(requests).toMatchObject([{ method: "DELETE", bodyText: "" }]);
      expect(account.stored(id)).toBeUndefined();
      expect(await liveOrGone(world, id)).toBe("gone");
      const { definitions } = (await provider.list(account.scopes[0], undefined, options)).body;
      const living = definitions.filter(({ deleted }) => !deleted);
      expect(living.map(({ definitionId }) => definitionId)).toEqual([stays]);
    },
  },
  {
    title: "may be asked to delete twice, and finds nothing the second time",
    async run(world) {
      const { account, provider } = world;
      const id = account.createOutside("deleted");
      await provider.delete(id, options);
      const again = await provider.delete(id, options).catch((error: unknown) => error);
      if (again instanceof ProviderCallError)
        expect(again).toMatchObject({ code: "not-found", effect: "none" });
      else expect(again).toMatchObject({ body: undefined });
      expect(await liveOrGone(world, id)).toBe("gone");
    },
  },
  {
    title: "finds nothing under an id that never was",
    async run(world) {
      const { account, provider } = world;
      const id = account.createOutside("template");
      const body = await bodyOfEdit(world, id, { [account.members.name]: "x" });
      await provider.delete(id, options);
      const never = id.slice(0, -1) + (id.endsWith("0") ? "1" : "0");
      expect(await failureOf(provider.get(never, options))).toMatchObject({ code: "not-found" });
      expect(await failureOf(provider.update(never, body, options))).toMatchObject({ code: "not-found" });
    },
  },
];

async function liveOrGone({ provider }: ConformanceWorld, id: string): Promise<"live" | "gone"> {
  const read: ObservedDefinition | unknown = await provider.get(id, options).then(
    ({ body }) => body,
    (error: unknown) => error,
  );
  if (read instanceof ProviderCallError) {
    expect(read.code).toBe("not-found");
    return "gone";
  }
  return (read as ObservedDefinition).deleted ? "gone" : "live";
}
