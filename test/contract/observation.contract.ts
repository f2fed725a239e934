/** What every implementation of {@link ObservationStore} keeps to: nothing is recorded over a request's work. */
import { randomUUID } from "node:crypto";
import { describe, expect, it } from "vitest";
import type { ClaimTarget } from "../../shared/definition/mirror/claim.ts";
import type { DefinitionKey, Mirror } from "../../shared/definition/mirror/mirror.ts";
import { allKnownScopes, unknownScope } from "../../shared/reconciliation/run/known-scope.ts";
import type { Observation } from "../../shared/reconciliation/scan/observation-store.ts";
import {
  aClaim,
  aDefinition,
  anIntent,
  aRecordedDefinition,
  observation,
  supersededIntent,
  versionOf,
} from "./contract-data.ts";
import { now, type StoresUnderTest } from "./stores-under-test.ts";

/** The next version of a definition as somebody saw it; each test has its own scope. */
function seen(key: DefinitionKey, head: Mirror | undefined, more: Partial<Observation> = {}): Observation {
  const next = versionOf(key, { head, text: '{"name":"y"}' });
  return {
    ...next,
    headVersion: head?.version ?? 0,
    superseded: [],
    idempotencyToken: randomUUID(),
    ...more,
  };
}

function inScope(observation: Observation, scope: string): Observation {
  return { ...observation, mirror: { ...observation.mirror, scope } };
}

export function observationContract(stores: () => StoresUnderTest): void {
  /** Leaves superseded intents and gives the claim back. */
  const supersede = async (target: ClaimTarget, requestId: string): Promise<void> => {
    const { mirrors } = stores();
    const token = randomUUID();
    await mirrors.takeClaim(target, aClaim(requestId, token), now);
    const superseded = [supersededIntent(requestId)];
    await mirrors.writeIntent(target, token, anIntent(token), superseded);
    await mirrors.releaseClaim(target, token, { superseded });
  };
  /** Opens an intent and leaves it open; the claim is given back. */
  const leaveOpen = async (target: ClaimTarget): Promise<void> => {
    const { mirrors } = stores();
    const token = randomUUID();
    await mirrors.takeClaim(target, aClaim("a", token), now);
    await mirrors.writeIntent(target, token, anIntent(token));
    await mirrors.releaseClaim(target, token);
  };
  const newScope = () => `retell-llm:${randomUUID()}`;
  const creates = (scope: string): ClaimTarget => ({ kind: "create", connection: "retell", scope });

  const hold = async (scope: string): Promise<void> => {
    await stores().mirrors.takeClaim(creates(scope), aClaim("a", randomUUID()), now);
  };

  describe("an observation", () => {
    it("writes version and mirror, and takes away what the new head does not have", async () => {
      const { history, mirrors, observations } = stores();
      const { target, head } = await aRecordedDefinition(stores());
      await observations.noteSame(head, "sha256:row", now);
      await observations.noteMissing(head, now, now);
      const observed = seen(target, head);
      expect(await observations.record(observed)).toEqual({ recorded: true });
      expect(await mirrors.mirror(target)).toEqual(observed.mirror);
      expect((await history.version(target, 2))?.documentText).toBe('{"name":"y"}');
    });

    it("of a definition without a history is its first version", async () => {
      const { history, mirrors, observations } = stores();
      const key = aDefinition();
      const observed = inScope(seen(key, undefined), newScope());
      expect(await observations.record(observed)).toEqual({ recorded: true });
      expect(await mirrors.mirror(key)).toEqual(observed.mirror);
      expect(await history.versionsFrom(key, 1, 10)).toHaveLength(1);
    });

    it("is refused where somebody has recorded a version meanwhile", async () => {
      const { history, mirrors, observations } = stores();
      const { target, head } = await aRecordedDefinition(stores());
      const other = seen(target, head);
      await observations.record(other);
      expect(await observations.record(seen(target, head))).toMatchObject({ recorded: false });
      expect(await observations.record(seen(target, undefined))).toMatchObject({ recorded: false });
      expect(await mirrors.mirror(target)).toEqual(other.mirror);
      expect(await history.versionsFrom(target, 1, 10)).toHaveLength(2);
    });

    it.each([
      ["while a request holds the definition", now, false],
      ["but not after its lease has passed", now - 60_000, true],
    ])("is refused %s", async (_when, leaseUntil, recorded) => {
      const { mirrors, observations } = stores();
      const { target, head } = await aRecordedDefinition(stores());
      await mirrors.takeClaim(target, aClaim("a", "theirs", leaseUntil + 30_000), now - 90_000);
      const answer = await observations.record(seen(target, head));
      expect(answer).toEqual(recorded ? { recorded: true } : { recorded: false, reason: "claimed" });
      expect((await mirrors.mirror(target))?.version).toBe(recorded ? 2 : 1);
    });

    it("is refused while a write to the definition is unanswered, whoever is at work", async () => {
      const { mirrors, observations } = stores();
      const { target, head } = await aRecordedDefinition(stores());
      await leaveOpen(target);
      expect(await observations.record(seen(target, head))).toEqual({ recorded: false, reason: "claimed" });
      expect(await mirrors.mirror(target)).toEqual(head);
    });

    it("is refused where a request was at work since its intents were looked at", async () => {
      const { mirrors, observations } = stores();
      const { target, head } = await aRecordedDefinition(stores());
      await supersede(target, "early");
      const { superseded } = await mirrors.intents(target);
      expect(await observations.record(seen(target, head))).toMatchObject({ reason: "claimed" });
      await supersede(target, "late");
      expect(await observations.record(seen(target, head, { superseded }))).toMatchObject({
        reason: "claimed",
      });
      const known = (await mirrors.intents(target)).superseded;
      expect(await observations.record(seen(target, head, { superseded: known }))).toEqual({
        recorded: true,
      });
      expect((await mirrors.intents(target)).superseded).toEqual(known);
    });

    it("replaces the superseded intents where it comes with a list", async () => {
      const { mirrors, observations } = stores();
      const { target, head } = await aRecordedDefinition(stores());
      await supersede(target, "early");
      const { superseded } = await mirrors.intents(target);
      await observations.record(seen(target, head, { superseded, supersededAfter: [] }));
      expect((await mirrors.intents(target)).superseded).toEqual([]);
    });

    it("notes the drift that shall be healed at the scope", async () => {
      const { knownScopes, mirrors, observations } = stores();
      const { target, head } = await aRecordedDefinition(stores());
      const place = { connection: "retell", scope: newScope() };
      const observed = seen(target, head, { healIn: place.scope });
      const pending = { ...observed, mirror: { ...observed.mirror, healPending: 2 } };
      expect(await observations.record(pending)).toEqual({ recorded: true });
      expect((await mirrors.mirror(target))?.healPending).toBe(2);
      expect((await knownScopes.read(place)).heals).toEqual({ [target.definitionId]: [2] });
      expect(await observations.record({ ...pending, idempotencyToken: randomUUID() })).toMatchObject({
        recorded: false,
      });
    });
  });

  describe("an observation of a move", () => {
    it.each([false, true])(
      "makes the scope known, and changes nothing of it (known before: %s)",
      async (isKnown) => {
        const { knownScopes, observations } = stores();
        const { target, head } = await aRecordedDefinition(stores());
        const place = { connection: "retell", scope: newScope() };
        const known = { ...unknownScope(place), definitions: 7 };
        if (isKnown) await knownScopes.write(known);
        expect(await observations.record(seen(target, head, { movedTo: place.scope }))).toEqual({
          recorded: true,
        });
        expect(await knownScopes.read(place)).toEqual(
          isKnown ? { ...known, revision: 1 } : unknownScope(place),
        );
        const all = await allKnownScopes(knownScopes, "retell");
        expect(all.filter(({ scope }) => scope === place.scope)).toHaveLength(1);
      },
    );
  });

  describe("an observation of a definition without a history", () => {
    it.each([
      ["a create holds its scope", (scope: string) => hold(scope)],
      ["a create of its scope is unanswered", (scope: string) => leaveOpen(creates(scope))],
      ["a create of its scope was judged since", (scope: string) => supersede(creates(scope), "late")],
    ])("is refused where %s", async (_what, meanwhile) => {
      const { history, mirrors, observations } = stores();
      const key = aDefinition();
      const scope = newScope();
      await meanwhile(scope);
      const observed = inScope(seen(key, undefined), scope);
      expect(await observations.record(observed)).toEqual({ recorded: false, reason: "claimed" });
      expect(await mirrors.mirror(key)).toBeUndefined();
      expect(await history.version(key, 1)).toBeUndefined();
    });

    it("is recorded when it knows of the scope's superseded creates", async () => {
      const { mirrors, observations } = stores();
      const key = aDefinition();
      const scope = newScope();
      await supersede(creates(scope), "early");
      const { superseded } = await mirrors.intents(creates(scope));
      const observed = inScope(seen(key, undefined, { superseded }), scope);
      expect(await observations.record(observed)).toEqual({ recorded: true });
      expect((await mirrors.intents(creates(scope))).superseded).toEqual(superseded);
    });

    it("is refused while a request holds the definition itself", async () => {
      const { mirrors, observations } = stores();
      const key = aDefinition();
      await mirrors.takeClaim(key, aClaim("a", "theirs"), now);
      const observed = inScope(seen(key, undefined), newScope());
      expect(await observations.record(observed)).toEqual({ recorded: false, reason: "claimed" });
    });
  });

  describe("a look that found nothing new", () => {
    it("notes the row and that the definition is not missing any more", async () => {
      const { mirrors, observations } = stores();
      const { target, head } = await aRecordedDefinition(stores());
      expect(await observations.noteMissing(head, now + 5, now - 5)).toBe(true);
      expect(await mirrors.mirror(target)).toEqual({ ...head, missingSince: now + 5, lookedAt: now - 5 });
      expect(await observations.noteSame(head, undefined, now)).toBe(true);
      expect(await mirrors.mirror(target)).toEqual({ ...head, lookedAt: now - 5 });
      expect(await observations.noteSame(head, "sha256:row", now)).toBe(true);
      expect((await mirrors.mirror(target))?.listRowHash).toBe("sha256:row");
    });

    it("notes that a deletion is not wanted any more where the definition is not missing", async () => {
      const { mirrors, observations } = stores();
      const { target, head } = await aRecordedDefinition(stores());
      await mirrors.takeClaim(target, aClaim("a", "1"), now);
      await mirrors.releaseClaim(target, "1", { missingSince: now, deletionWanted: true });
      expect(await observations.noteSame(head, undefined, now)).toBe(true);
      expect(await mirrors.mirror(target)).toEqual(head);
    });

    it("keeps what is wanted, whatever it records", async () => {
      const { mirrors, observations } = stores();
      const { target, head } = await aRecordedDefinition(stores());
      await mirrors.takeClaim(target, aClaim("a", "1"), now);
      await mirrors.releaseClaim(target, "1", { wantedVersion: 1 });
      const observed = seen(target, head);
      expect(await observations.record(observed)).toEqual({ recorded: true });
      expect(await mirrors.mirror(target)).toEqual({ ...observed.mirror, wantedVersion: 1 });
    });

    it("keeps when the definition was first found missing", async () => {
      const { mirrors, observations } = stores();
      const { target, head } = await aRecordedDefinition(stores());
      await observations.noteMissing(head, now, now - 5);
      expect(await observations.noteMissing(head, now + 60_000, now)).toBe(false);
      expect((await mirrors.mirror(target))?.missingSince).toBe(now);
    });

    it("notes nothing on another head, or while a request is at work", async () => {
      const { mirrors, observations } = stores();
      const { target, head } = await aRecordedDefinition(stores());
      const older = { ...head, version: head.version + 1 };
      expect(await observations.noteSame(older, "sha256:row", now)).toBe(false);
      expect(await observations.noteMissing(older, now, now)).toBe(false);
      await leaveOpen(target);
      expect(await observations.noteSame(head, "sha256:row", now)).toBe(false);
      expect(await observations.noteMissing(head, now, now)).toBe(false);
      expect(await mirrors.mirror(target)).toEqual(head);
    });

    it("notes nothing under a live claim", async () => {
      const { mirrors, observations } = stores();
      const { target, head } = await aRecordedDefinition(stores());
      await mirrors.takeClaim(target, aClaim("a", "theirs"), now);
      expect(await observations.noteSame(head, "sha256:row", now)).toBe(false);
      expect(await observations.noteMissing(head, now, now)).toBe(false);
      expect(await observations.noteMissing(head, now + 60_000, now)).toBe(true);
      expect((await mirrors.mirror(target))?.missingSince).toBe(now + 60_000);
    });
  });

  describe("many definitions at once", () => {
    it("are a scope's with what a list is compared with, deleted ones too, and mirrors by their ids", async () => {
      const { knownDefinitions, mirrors, observations } = stores();
      const scope = newScope();
      const [one, two] = [aDefinition(), aDefinition()];
      const first = inScope(seen(one, undefined), scope);
      const second = inScope(seen(two, undefined), scope);
      await observations.record(first);
      await observations.record(second);
      await observations.noteSame(first.mirror, "sha256:row", now);
      await observations.noteMissing(second.mirror, now, now);
      const gone = inScope(
        { ...seen(two, second.mirror), ...versionOf(two, { head: second.mirror, text: undefined }) },
        scope,
      );
      await observations.record(gone);
      const shared = { scope, version: 1 };
      const expected = [
        {
          ...shared,
          definitionId: one.definitionId,
          deleted: false,
          contentHash: first.mirror.contentHash,
          listRowHash: "sha256:row",
        },
        {
          ...shared,
          definitionId: two.definitionId,
          version: 2,
          deleted: true,
          contentHash: gone.mirror.contentHash,
        },
      ];
      const known = await knownDefinitions.inScope("retell", scope);
      const byId = (a: { definitionId: string }, b: { definitionId: string }) =>
        a.definitionId < b.definitionId ? -1 : 1;
      expect(known.toSorted(byId)).toEqual(expected.toSorted(byId));
      const claimed = aDefinition();
      await mirrors.takeClaim(claimed, aClaim("a", "theirs"), now);
      const ids = [one.definitionId, two.definitionId, claimed.definitionId, "unknown", one.definitionId];
      const found = await knownDefinitions.mirrors("retell", ids);
      expect([...found.keys()].toSorted()).toEqual([one.definitionId, two.definitionId].toSorted());
      expect(found.get(two.definitionId)).toEqual(gone.mirror);
    });

    it("are those of a connection that live, the first seen first", async () => {
      const { knownDefinitions, observations } = stores();
      const connection = `c-${randomUUID()}`;
      const ids: string[] = [];
      for (let made = 0; made < 3; made += 1) {
        const key = { connection, definitionId: `d-${made}` };
        const first = seen(key, undefined);
        await observations.record(first);
        if (made === 1) {
          const gone = versionOf(key, { head: first.mirror, text: undefined });
          await observations.record({ ...seen(key, first.mirror), ...gone });
        } else ids.push(key.definitionId);
      }
      const living = await knownDefinitions.living(connection, 10);
      expect(living.map(({ definitionId }) => definitionId)).toEqual(ids);
      expect(await knownDefinitions.living(connection, 1)).toHaveLength(1);
      expect(await knownDefinitions.living(`c-${randomUUID()}`, 1)).toEqual([]);
    });

    it("are as many as there are", async () => {
      const { knownDefinitions, observations } = stores();
      const scope = newScope();
      const ids: string[] = [];
      for (let made = 0; made < 120; made += 1) {
        const key = aDefinition();
        ids.push(key.definitionId);
        await observations.record(inScope(seen(key, undefined), scope));
      }
      expect(await knownDefinitions.inScope("retell", scope)).toHaveLength(120);
      expect((await knownDefinitions.mirrors("retell", ids)).size).toBe(120);
      expect(await knownDefinitions.inScope("retell", newScope())).toEqual([]);
    });
  });

  it("an observation under another's commit does not disturb it", async () => {
    const { commits, mirrors, observations } = stores();
    const { target, head } = await aRecordedDefinition(stores());
    await mirrors.takeClaim(target, aClaim("a", "mine"), now);
    expect(await observations.record(seen(target, head))).toMatchObject({ recorded: false });
    expect(await commits.commit(observation(target, "mine", target, { head }))).toEqual({ committed: true });
  });
}
