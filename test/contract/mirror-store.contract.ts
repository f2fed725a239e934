/** What every implementation of {@link MirrorStore} keeps to: mirrors, intents and superseded intents, expiry. */
import { describe, expect, it } from "vitest";
import type { ClaimTarget } from "../../shared/definition/mirror/claim.ts";
import {
  aClaim,
  aDefinition,
  anIntent,
  aRecordedDefinition,
  aScope,
  observation,
  supersededIntent,
} from "./contract-data.ts";
import { now, type StoresUnderTest } from "./stores-under-test.ts";

const free = { taken: true, superseded: [] };

export function mirrorStoreContract(stores: () => StoresUnderTest): void {
  describe.each([
    ["a definition", aDefinition],
    ["a scope's creates", aScope],
  ])("an intent of %s", (_what, target: () => ClaimTarget) => {
    it("holds what has become known of it since it was opened", async () => {
      const { mirrors } = stores();
      const of = target();
      await mirrors.takeClaim(of, aClaim("a", "1"), now);
      await mirrors.writeIntent(of, "1", anIntent("1"));
      const known = anIntent("1", {
        callEnded: true,
        confirmed: { status: 200, durationMs: 310, requestId: "provider-1" },
        answeredId: "d7",
        absentAt: now + 12_000,
      });
      expect(await mirrors.writeIntent(of, "1", known)).toBe(true);
      expect(await mirrors.takeClaim(of, aClaim("a", "1"), now)).toEqual({ ...free, openIntent: known });
    });

    it("replaces the list of superseded ones where it comes with one, and leaves it where not", async () => {
      const { mirrors } = stores();
      const of = target();
      await mirrors.takeClaim(of, aClaim("a", "1"), now);
      await mirrors.writeIntent(of, "1", anIntent("1"), [supersededIntent("x"), supersededIntent("y")]);
      await mirrors.writeIntent(of, "1", anIntent("1", { attempt: 2 }));
      expect((await mirrors.intents(of)).superseded).toEqual([supersededIntent("x"), supersededIntent("y")]);
      await mirrors.clearIntent(of, "1");
      expect((await mirrors.intents(of)).superseded).toEqual([supersededIntent("x"), supersededIntent("y")]);
      await mirrors.writeIntent(of, "1", anIntent("1"), [supersededIntent("y")]);
      expect((await mirrors.intents(of)).superseded).toEqual([supersededIntent("y")]);
      await mirrors.writeIntent(of, "1", anIntent("1"), []);
      expect((await mirrors.intents(of)).superseded).toEqual([]);
    });

    it("ends with the release that puts it among the superseded ones", async () => {
      const { mirrors } = stores();
      const of = target();
      await mirrors.takeClaim(of, aClaim("a", "1"), now);
      await mirrors.writeIntent(of, "1", anIntent("1"));
      await mirrors.releaseClaim(of, "1", { superseded: [supersededIntent("a")] });
      expect((await mirrors.intents(of)).superseded).toEqual([supersededIntent("a")]);
      expect(await mirrors.takeClaim(of, aClaim("b", "2"), now)).toEqual({
        taken: true,
        superseded: [supersededIntent("a")],
      });
      await mirrors.releaseClaim(of, "2");
      expect((await mirrors.intents(of)).superseded).toEqual([supersededIntent("a")]);
    });
  });

  describe("a store", () => {
    it("knows the superseded intents of no target that nobody claimed", async () => {
      const { mirrors } = stores();
      expect((await mirrors.intents(aDefinition())).superseded).toEqual([]);
      expect((await mirrors.intents(aScope())).superseded).toEqual([]);
    });

    it("keeps what it was given, whatever becomes of the caller's object", async () => {
      const { mirrors } = stores();
      const of = aDefinition();
      const confirmed = { status: 200, durationMs: 310 };
      const list = [supersededIntent("x")];
      await mirrors.takeClaim(of, aClaim("a", "1"), now);
      await mirrors.writeIntent(of, "1", anIntent("1", { confirmed }), list);
      confirmed.status = 500;
      list.push(supersededIntent("y"));
      expect(await mirrors.takeClaim(of, aClaim("a", "1"), now)).toMatchObject({
        openIntent: { confirmed: { status: 200 } },
        superseded: [supersededIntent("x")],
      });
    });
  });

  describe("a mirror", () => {
    it("is shown to whoever takes the claim, and by itself", async () => {
      const { mirrors, commits } = stores();
      const { target, head } = await aRecordedDefinition({ mirrors, commits });
      expect(await mirrors.mirror(target)).toEqual(head);
      expect(await mirrors.takeClaim(target, aClaim("a", "1"), now)).toEqual({ ...free, mirror: head });
      await mirrors.writeIntent(target, "1", anIntent("1"), [supersededIntent("x")]);
      expect(await mirrors.mirror(target)).toEqual(head);
      await mirrors.releaseClaim(target, "1");
      expect(await mirrors.mirror(target)).toEqual(head);
    });

    it("tells since when the definition is missing, until it has a new head", async () => {
      const { mirrors, commits } = stores();
      const { target, head } = await aRecordedDefinition({ mirrors, commits });
      await mirrors.takeClaim(target, aClaim("a", "1"), now);
      await mirrors.releaseClaim(target, "2", { missingSince: now });
      expect(await mirrors.mirror(target)).toEqual(head);
      await mirrors.releaseClaim(target, "1", { missingSince: now });
      expect(await mirrors.mirror(target)).toEqual({ ...head, missingSince: now });
      await mirrors.takeClaim(target, aClaim("b", "2"), now);
      const seen = observation(target, "2", target, { head });
      await commits.commit(seen);
      expect(await mirrors.mirror(target)).toEqual(seen.mirror);
    });

    it("tells no more that the definition is missing where it was found since", async () => {
      const { mirrors, commits } = stores();
      const { target, head } = await aRecordedDefinition({ mirrors, commits });
      await mirrors.takeClaim(target, aClaim("a", "1"), now);
      await mirrors.releaseClaim(target, "1", { missingSince: now });
      await mirrors.takeClaim(target, aClaim("b", "2"), now);
      await mirrors.releaseClaim(target, "1", { isFound: true });
      expect(await mirrors.mirror(target)).toEqual({ ...head, missingSince: now });
      await mirrors.releaseClaim(target, "2", { isFound: true });
      expect(await mirrors.mirror(target)).toEqual(head);
    });

    it("tells that a deletion is wanted while the definition is missing, and until it has a new head", async () => {
      const { mirrors, commits } = stores();
      const { target, head } = await aRecordedDefinition({ mirrors, commits });
      const wanted = { missingSince: now, deletionWanted: true } as const;
      await mirrors.takeClaim(target, aClaim("a", "1"), now);
      await mirrors.releaseClaim(target, "1", wanted);
      expect(await mirrors.mirror(target)).toEqual({ ...head, ...wanted });
      await mirrors.takeClaim(target, aClaim("b", "2"), now);
      await mirrors.releaseClaim(target, "2", { isFound: true });
      expect(await mirrors.mirror(target)).toEqual(head);
      await mirrors.takeClaim(target, aClaim("c", "3"), now);
      await mirrors.releaseClaim(target, "3", wanted);
      await mirrors.takeClaim(target, aClaim("d", "4"), now);
      const seen = observation(target, "4", target, { head });
      await commits.commit(seen);
      expect(await mirrors.mirror(target)).toEqual(seen.mirror);
    });

    it("tells which version was found to be wanted, also when it has a new head", async () => {
      const { mirrors, commits } = stores();
      const { target, head } = await aRecordedDefinition({ mirrors, commits });
      await mirrors.takeClaim(target, aClaim("a", "1"), now);
      await mirrors.releaseClaim(target, "1", { wantedVersion: 1 });
      expect(await mirrors.mirror(target)).toEqual({ ...head, wantedVersion: 1 });
      await mirrors.takeClaim(target, aClaim("b", "2"), now);
      // Whoever commits may not know of it.
      const seen = observation(target, "2", target, { head });
      await commits.commit(seen);
      expect(await mirrors.mirror(target)).toEqual({ ...seen.mirror, wantedVersion: 1 });
    });

    it("tells what the holder of the claim thinks of it while the claim is held, and nobody else", async () => {
      const { mirrors, commits } = stores();
      const { target, head } = await aRecordedDefinition({ mirrors, commits });
      const found = { missingSince: now, deletionWanted: true, wantedVersion: 1 } as const;
      expect(await mirrors.noteFound(target, "1", found)).toBe(false);
      await mirrors.takeClaim(target, aClaim("a", "1"), now);
      expect(await mirrors.noteFound(target, "2", found)).toBe(false);
      expect(await mirrors.mirror(target)).toEqual(head);
      expect(await mirrors.noteFound(target, "1", found)).toBe(true);
      expect(await mirrors.mirror(target)).toEqual({ ...head, ...found });
      expect(await mirrors.takeClaim(target, aClaim("b", "2"), now)).toMatchObject({ taken: false });
    });

    it("does not come of a definition that is missing but was never recorded", async () => {
      const { mirrors, expiryOf } = stores();
      const of = aDefinition();
      await mirrors.takeClaim(of, aClaim("a", "1"), now);
      await mirrors.releaseClaim(of, "1", { withoutHistoryAt: now, missingSince: now });
      expect(await mirrors.mirror(of)).toBeUndefined();
      expect(await expiryOf(of)).toBe(now / 1_000 + 86_400);
    });

    it("is none where the item only ever carried a claim", async () => {
      const { mirrors } = stores();
      const of = aDefinition();
      await mirrors.takeClaim(of, aClaim("a", "1"), now);
      expect(await mirrors.mirror(of)).toBeUndefined();
      await mirrors.releaseClaim(of, "1", { withoutHistoryAt: now });
      expect(await mirrors.mirror(of)).toBeUndefined();
      expect(await mirrors.takeClaim(of, aClaim("b", "2"), now)).toEqual(free);
    });
  });

  describe("an item that only ever carried a claim", () => {
    const inADay = now / 1_000 + 86_400;

    it.each([
      ["a definition", aDefinition],
      ["a scope's creates", aScope],
    ])("of %s expires, but not once it has been claimed again", async (_what, target) => {
      const { mirrors, expiryOf } = stores();
      const of = target();
      await mirrors.takeClaim(of, aClaim("a", "1"), now);
      expect(await expiryOf(of)).toBeUndefined();
      await mirrors.releaseClaim(of, "1", { withoutHistoryAt: now - 999 });
      expect(await expiryOf(of)).toBe(inADay);
      await mirrors.takeClaim(of, aClaim("b", "2"), now);
      expect(await expiryOf(of)).toBeUndefined();
      await mirrors.releaseClaim(of, "2");
      expect(await expiryOf(of)).toBeUndefined();
    });

    it("never expires with an open intent", async () => {
      const { mirrors, expiryOf } = stores();
      const of = aDefinition();
      await mirrors.takeClaim(of, aClaim("a", "1"), now);
      await mirrors.writeIntent(of, "1", anIntent("1"));
      await mirrors.releaseClaim(of, "1", { withoutHistoryAt: now });
      expect(await expiryOf(of)).toBeUndefined();
    });

    it("expires with superseded intents, which have had their day by then", async () => {
      const { mirrors, expiryOf } = stores();
      const of = aDefinition();
      await mirrors.takeClaim(of, aClaim("a", "1"), now);
      await mirrors.writeIntent(of, "1", anIntent("1"));
      await mirrors.releaseClaim(of, "1", { withoutHistoryAt: now, superseded: [supersededIntent("a")] });
      expect(await expiryOf(of)).toBe(inADay);
      expect((await mirrors.intents(of)).superseded).toEqual([supersededIntent("a")]);
    });

    it("does not expire any more once a history begins in it", async () => {
      const { mirrors, commits, expiryOf } = stores();
      const of = aDefinition();
      await mirrors.takeClaim(of, aClaim("a", "1"), now);
      await mirrors.releaseClaim(of, "1", { withoutHistoryAt: now });
      const scope = aScope();
      await mirrors.takeClaim(scope, aClaim("b", "2"), now);
      expect(await commits.commit(observation(scope, "2", of))).toEqual({ committed: true });
      expect(await expiryOf(of)).toBeUndefined();
    });

    it("is none with a history, which never expires", async () => {
      const { mirrors, commits, expiryOf } = stores();
      const { target, head } = await aRecordedDefinition({ mirrors, commits });
      await mirrors.takeClaim(target, aClaim("a", "1"), now);
      await mirrors.releaseClaim(target, "1", {
        withoutHistoryAt: now,
        superseded: [supersededIntent("a")],
      });
      expect(await expiryOf(target)).toBeUndefined();
      expect(await mirrors.takeClaim(target, aClaim("b", "2"), now)).toEqual({
        taken: true,
        mirror: head,
        superseded: [supersededIntent("a")],
      });
    });
  });
}
