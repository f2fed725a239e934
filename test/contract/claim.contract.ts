/** What every implementation of {@link MirrorStore} keeps to: claims. */
import { describe, expect, it } from "vitest";
import type { ClaimTarget } from "../../shared/definition/mirror/claim.ts";
import { aClaim, aDefinition, anIntent, aScope, supersededIntent } from "./contract-data.ts";
import { now, type StoresUnderTest } from "./stores-under-test.ts";

const leaseUntil = now + 30_000;
const free = { taken: true, superseded: [] };

export function claimContract(stores: () => StoresUnderTest): void {
  describe.each([
    ["a definition", aDefinition],
    ["a scope's creates", aScope],
  ])("the claim of %s", (_what, target: () => ClaimTarget) => {
    it("is held by one request; another one learns until when", async () => {
      const { mirrors } = stores();
      const of = target();
      expect(await mirrors.takeClaim(of, aClaim("a", "1"), now)).toEqual(free);
      expect(await mirrors.takeClaim(of, aClaim("b", "2"), now)).toEqual({
        taken: false,
        heldUntil: leaseUntil,
      });
    });

    it("can be taken by one of many at the same time", async () => {
      const { mirrors } = stores();
      const of = target();
      const answers = await Promise.all(
        Array.from({ length: 10 }, (_, index) =>
          mirrors.takeClaim(of, aClaim(`r${index}`, `t${index}`), now),
        ),
      );
      expect(answers.filter(({ taken }) => taken)).toHaveLength(1);
    });

    it("is free when its lease has passed, and not before, not even for the same request", async () => {
      const { mirrors } = stores();
      const of = target();
      await mirrors.takeClaim(of, aClaim("a", "1"), now);
      for (const requestId of ["a", "b"]) {
        expect(await mirrors.takeClaim(of, aClaim(requestId, "2"), leaseUntil)).toEqual({
          taken: false,
          heldUntil: leaseUntil,
        });
      }
      expect(await mirrors.takeClaim(of, aClaim("a", "2"), leaseUntil + 1)).toMatchObject({ taken: true });
    });

    it("is taken by the token that has it, for the new lease: the first answer was lost", async () => {
      const { mirrors } = stores();
      const of = target();
      await mirrors.takeClaim(of, aClaim("a", "1"), now);
      expect(await mirrors.takeClaim(of, aClaim("a", "1", leaseUntil + 500), now + 500)).toEqual(free);
      expect(await mirrors.takeClaim(of, aClaim("b", "2"), now)).toEqual({
        taken: false,
        heldUntil: leaseUntil + 500,
      });
    });

    it("that was never given back is told to whoever takes it over, once", async () => {
      const { mirrors } = stores();
      const of = target();
      await mirrors.takeClaim(of, { ...aClaim("a", "1"), epoch: 4 }, now);
      expect(await mirrors.takeClaim(of, aClaim("b", "2", leaseUntil + 60_000), leaseUntil + 1)).toEqual({
        ...free,
        abandoned: { requestId: "a", epoch: 4, token: "1" },
      });
      await mirrors.releaseClaim(of, "2");
      expect(await mirrors.takeClaim(of, aClaim("c", "3"), now)).toEqual(free);
    });

    it("is not abandoned when it is given back after its lease", async () => {
      const { mirrors } = stores();
      const of = target();
      await mirrors.takeClaim(of, aClaim("a", "1"), now);
      await mirrors.releaseClaim(of, "1");
      expect(await mirrors.takeClaim(of, aClaim("b", "2"), leaseUntil + 1)).toEqual(free);
    });

    it("hands the open intent and the superseded ones on to whoever takes it over", async () => {
      const { mirrors } = stores();
      const of = target();
      await mirrors.takeClaim(of, aClaim("a", "1"), now);
      expect(await mirrors.writeIntent(of, "1", anIntent("1"), [supersededIntent("early")])).toBe(true);
      expect(await mirrors.takeClaim(of, aClaim("b", "2"), leaseUntil + 1)).toEqual({
        taken: true,
        openIntent: anIntent("1"),
        superseded: [supersededIntent("early")],
        abandoned: { requestId: "a", epoch: 1, token: "1" },
      });
    });

    it("keeps an open intent when it is given back, until it is cleared", async () => {
      const { mirrors } = stores();
      const of = target();
      await mirrors.takeClaim(of, aClaim("a", "1"), now);
      await mirrors.writeIntent(of, "1", anIntent("1"));
      await mirrors.releaseClaim(of, "1", { withoutHistoryAt: now });
      expect(await mirrors.takeClaim(of, aClaim("b", "2"), now)).toEqual({
        ...free,
        openIntent: anIntent("1"),
      });
      expect(await mirrors.clearIntent(of, "2")).toBe(true);
      await mirrors.releaseClaim(of, "2");
      expect(await mirrors.takeClaim(of, aClaim("c", "3"), now)).toEqual(free);
    });

    it("lets nobody write, clear or release with a token that is not the holder's", async () => {
      const { mirrors } = stores();
      const of = target();
      await mirrors.takeClaim(of, aClaim("a", "1"), now);
      await mirrors.writeIntent(of, "1", anIntent("1"), [supersededIntent("early")]);
      await mirrors.takeClaim(of, aClaim("a", "2", leaseUntil + 60_000), leaseUntil + 1);
      expect(await mirrors.writeIntent(of, "1", anIntent("1", { attempt: 2 }), [])).toBe(false);
      expect(await mirrors.clearIntent(of, "1")).toBe(false);
      await mirrors.releaseClaim(of, "1", { withoutHistoryAt: now, superseded: [] });
      expect(await mirrors.takeClaim(of, aClaim("b", "3"), leaseUntil + 2)).toMatchObject({ taken: false });
      expect(await mirrors.takeClaim(of, aClaim("a", "2"), leaseUntil + 2)).toEqual({
        taken: true,
        openIntent: anIntent("1"),
        superseded: [supersededIntent("early")],
      });
    });

    it("lets nobody write, clear or release where nobody holds it", async () => {
      const { mirrors } = stores();
      const of = target();
      expect(await mirrors.writeIntent(of, "1", anIntent("1"))).toBe(false);
      expect(await mirrors.clearIntent(of, "1")).toBe(false);
      await mirrors.releaseClaim(of, "1", { superseded: [supersededIntent("early")] });
      expect((await mirrors.intents(of)).superseded).toEqual([]);
      expect(await mirrors.takeClaim(of, aClaim("a", "1"), now)).toEqual(free);
    });
  });
}
