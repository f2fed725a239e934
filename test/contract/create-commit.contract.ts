/** What every implementation of {@link CommitStore} keeps to under the claim of a scope's creates. */
import { describe, expect, it } from "vitest";
import {
  aClaim,
  aDefinition,
  anApplyingRequest,
  anIntent,
  application,
  aRecordedDefinition,
  aScope,
  observation,
  supersededIntent,
} from "./contract-data.ts";
import { now, type StoresUnderTest } from "./stores-under-test.ts";

const leaseUntil = now + 30_000;

export function createCommitContract(stores: () => StoresUnderTest): void {
  const aboutToCommit = async (key = aDefinition()) => {
    const scope = aScope();
    const applying = await anApplyingRequest(stores(), scope);
    return { key, scope, ...applying, commit: application(applying, key) };
  };

  describe("the commit of a create", () => {
    it("writes the new definition and ends the scope's claim with its intent", async () => {
      const { commits, mirrors, requests } = stores();
      const { key, scope, token, record, commit } = await aboutToCommit();
      await mirrors.writeIntent(scope, token, anIntent(token), [supersededIntent("early")]);
      expect(await commits.commit(commit)).toEqual({ committed: true });
      expect(await mirrors.mirror(key)).toEqual(commit.mirror);
      expect(await requests.read(record)).toMatchObject({ status: "applied", result: { version: 1 } });
      expect(await mirrors.takeClaim(scope, aClaim("other", "o"), now)).toEqual({
        taken: true,
        superseded: [supersededIntent("early")],
      });
      expect(await mirrors.takeClaim(key, aClaim("other", "o"), now)).toEqual({
        taken: true,
        mirror: commit.mirror,
        superseded: [],
      });
    });

    it("gives the new definition its superseded intents, not the scope", async () => {
      const { commits, mirrors } = stores();
      const { key, scope, commit } = await aboutToCommit();
      await commits.commit({ ...commit, superseded: [supersededIntent("x")] });
      expect((await mirrors.intents(key)).superseded).toEqual([supersededIntent("x")]);
      expect((await mirrors.intents(scope)).superseded).toEqual([]);
    });

    it("without an outcome leaves the scope's claim and intent as they are", async () => {
      const { commits, mirrors } = stores();
      const { key, scope, token } = await aboutToCommit();
      await mirrors.writeIntent(scope, token, anIntent(token));
      expect(await commits.commit(observation(scope, token, key))).toEqual({ committed: true });
      expect(await mirrors.takeClaim(scope, aClaim("other", "o"), leaseUntil)).toMatchObject({
        taken: false,
      });
      expect(await mirrors.takeClaim(scope, aClaim("other", "o"), leaseUntil + 1)).toMatchObject({
        openIntent: anIntent(token),
      });
    });

    it("adopts a definition with a history, and leaves another request's open intent there alone", async () => {
      const { commits, mirrors } = stores();
      const { target, head } = await aRecordedDefinition(stores());
      await mirrors.takeClaim(target, aClaim("editor", "theirs"), now);
      await mirrors.writeIntent(target, "theirs", anIntent("theirs"), [supersededIntent("early")]);
      await mirrors.releaseClaim(target, "theirs");
      const applying = await anApplyingRequest(stores(), aScope());
      const commit = application(applying, target, { head });
      expect(await commits.commit(commit)).toEqual({ committed: true });
      expect(await mirrors.takeClaim(target, aClaim("editor", "again"), now)).toEqual({
        taken: true,
        mirror: commit.mirror,
        openIntent: anIntent("theirs"),
        superseded: [supersededIntent("early")],
      });
    });
  });

  describe("the commit of a create is refused", () => {
    it.each(["with", "without"])(
      "%s an outcome where the scope's claim is another attempt's",
      async (which) => {
        const { commits, mirrors, history } = stores();
        const { key, scope, record, token, commit } = await aboutToCommit();
        await mirrors.takeClaim(scope, aClaim(record.requestId, "newer"), leaseUntil + 1);
        const attempted = which === "with" ? commit : observation(scope, token, key);
        expect(await commits.commit(attempted)).toEqual({ committed: false, reason: "claim-lost" });
        expect(await history.version(key, 1)).toBeUndefined();
        expect(await mirrors.mirror(key)).toBeUndefined();
      },
    );

    it("for a while where somebody has claimed the new definition", async () => {
      const { commits, mirrors, history, requests } = stores();
      const { key, record, commit } = await aboutToCommit();
      await mirrors.takeClaim(key, aClaim("editor", "theirs"), now);
      expect(await commits.commit(commit)).toEqual({ committed: false, reason: "contention" });
      expect(await history.version(key, 1)).toBeUndefined();
      expect(await requests.read(record)).toMatchObject({ status: "applying" });
      await mirrors.releaseClaim(key, "theirs", { withoutHistoryAt: now });
      expect(await commits.commit(commit)).toEqual({ committed: true });
    });

    it("not by a claim whose lease has passed: its holder has crashed, and may never come back", async () => {
      const { commits, mirrors } = stores();
      const { key, commit } = await aboutToCommit();
      await mirrors.takeClaim(key, aClaim("editor", "theirs", commit.mirror.recordedAt - 1), now - 60_000);
      await mirrors.writeIntent(key, "theirs", anIntent("theirs"));
      expect(await commits.commit(commit)).toEqual({ committed: true });
      expect(await mirrors.mirror(key)).toMatchObject({ version: 1 });
      // What the crashed one has written is still to be judged.
      expect(await mirrors.intents(key)).toMatchObject({ open: { token: "theirs" } });
    });

    it("where the new definition has a history by now", async () => {
      const { commits, history } = stores();
      const { target } = await aRecordedDefinition(stores(), ['{"name":"seen"}']);
      const { commit } = await aboutToCommit(target);
      expect(await commits.commit(commit)).toEqual({ committed: false, reason: "head-moved" });
      expect((await history.version(target, 1))?.documentText).toBe('{"name":"seen"}');
    });

    it("where the request is settled, whoever has the scope's claim", async () => {
      const { commits, mirrors, requests } = stores();
      const { scope, record, commit } = await aboutToCommit();
      await mirrors.takeClaim(scope, aClaim(record.requestId, "newer"), leaseUntil + 1);
      await requests.finish({ key: record, epoch: 1, status: "failed", result: {}, finishedAt: now });
      expect(await commits.commit(commit)).toEqual({ committed: false, reason: "request-settled" });
    });
  });
}
