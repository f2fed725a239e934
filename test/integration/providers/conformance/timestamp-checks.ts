/** A definition's own points in time, as the provider wrote them and as epoch milliseconds. */
import { expect } from "vitest";
import type { ObservedDefinition } from "../../../../shared/providers/provider.ts";
import { bodyOfEdit, type ConformanceCheck, type ConformanceWorld, options, shown } from "./check.ts";

export const timestampChecks: readonly ConformanceCheck[] = [
  {
    title: "tells when a definition was made and modified, raw and in milliseconds",
    async run(world) {
      const { account } = world;
      const id = account.createOutside("old");
      const created = account.timestamp(account.now());
      account.pass(86_400_123);
      account.editOutside(id, { [account.members.prompt]: "edited" });
      const modified = account.timestamp(account.now());
      expect(modified.at - created.at).toBe(86_400_123);
      for (const observed of await everyRead(world, id))
        expect(observed).toMatchObject({ created, modified });
    },
  },
  {
    title: "tells when it has modified a definition itself",
    async run(world) {
      const { account, provider } = world;
      const id = account.createOutside("mine");
      account.pass(60_000);
      const body = await bodyOfEdit(world, id, { [account.members.name]: "renamed" });
      const written = await provider.update(id, body, options);
      expect((await shown(provider, written.body)).modified).toEqual(account.timestamp(account.now()));
    },
  },
  {
    title: "never takes a namesake inside the definition for its own",
    async run(world) {
      const { account } = world;
      const { id: ownId, modified, created } = account.members;
      const other = account.timestamp(account.now() - 5_000).raw;
      const namesakes = { [ownId]: "another", [modified]: other, [created]: other };
      const id = account.createOutside("namesakes", { x_agent: namesakes, x_agents: [namesakes] });
      account.pass(1_000);
      account.editOutside(id, {
        [account.members.prompt]: "edited",
        x_agent: { ...namesakes, [modified]: account.timestamp(account.now() + 60_000).raw },
      });
      for (const observed of await everyRead(world, id)) {
        expect(observed).toMatchObject({
          definitionId: id,
          modified: account.timestamp(account.now()),
          created: account.timestamp(account.now() - 1_000),
        });
      }
    },
  },
  {
    title: "invents no time where the provider gives none that can be understood",
    async run(world) {
      const { account } = world;
      const id = account.createOutside("timeless");
      for (const nonsense of [
        undefined,
        null,
        "",
        "soon",
        "2026-13-01",
        true,
        {},
        -1,
        1.5,
        [account.now()],
      ]) {
        account.writeOutside(id, account.members.modified, nonsense);
        for (const observed of await everyRead(world, id)) {
          expect(observed).not.toHaveProperty("modified");
          expect(observed).toHaveProperty("created");
        }
      }
    },
  },
];

/** By id and in the list. */
async function everyRead(
  { account, provider }: ConformanceWorld,
  id: string,
): Promise<readonly ObservedDefinition[]> {
  const { definitions } = (await provider.list(account.scopes[0], undefined, options)).body;
  const listed = definitions.filter(({ definitionId }) => definitionId === id);
  expect(listed).toHaveLength(1);
  return [(await provider.get(id, options)).body, ...listed];
}
