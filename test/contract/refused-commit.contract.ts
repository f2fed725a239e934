/** What every implementation of {@link CommitStore} keeps to: all or nothing, and which condition did not hold. */
import { describe, expect, it } from "vitest";
import { aboutToCommit, expectNothingOf } from "./about-to-commit.ts";
import { aClaim, aDefinition, observation } from "./contract-data.ts";
import { now, type StoresUnderTest } from "./stores-under-test.ts";

const leaseUntil = now + 30_000;

export function refusedCommitContract(stores: () => StoresUnderTest): void {
  describe("a commit is refused", () => {
    it("where another attempt holds the claim", async () => {
      const { commits, mirrors, requests } = stores();
      const { key, record, commit } = await aboutToCommit(stores());
      await mirrors.takeClaim(key, aClaim(record.requestId, "newer"), leaseUntil + 1);
      expect(await commits.commit(commit)).toEqual({ committed: false, reason: "claim-lost" });
      await expectNothingOf(stores(), commit);
      expect(await mirrors.mirror(key)).toBeUndefined();
      expect(await requests.read(record)).toMatchObject({ status: "applying" });
    });

    it("where the claim has been given back", async () => {
      const { commits, mirrors } = stores();
      const { key, token, commit } = await aboutToCommit(stores());
      await mirrors.releaseClaim(key, token);
      expect(await commits.commit(commit)).toEqual({ committed: false, reason: "claim-lost" });
      await expectNothingOf(stores(), commit);
    });

    it("where nobody ever claimed the definition", async () => {
      const { commits } = stores();
      const unclaimed = observation(aDefinition(), "t", aDefinition());
      expect(await commits.commit(unclaimed)).toEqual({ committed: false, reason: "claim-lost" });
      await expectNothingOf(stores(), unclaimed);
    });

    it("where the request has its outcome", async () => {
      const { commits, requests } = stores();
      const { record, commit } = await aboutToCommit(stores());
      await requests.finish({ key: record, epoch: 1, status: "rejected", result: {}, finishedAt: now });
      expect(await commits.commit(commit)).toEqual({ committed: false, reason: "request-settled" });
      await expectNothingOf(stores(), commit);
      expect(await requests.read(record)).toMatchObject({ status: "rejected" });
    });

    it("where the outcome belongs to another epoch, or to no request", async () => {
      const { commits } = stores();
      const { commit } = await aboutToCommit(stores());
      const late = { ...commit, outcome: { ...commit.outcome, epoch: 2 } };
      expect(await commits.commit(late)).toEqual({ committed: false, reason: "request-settled" });
      const key = { connection: "retell", requestId: "never-seen" };
      const foreign = { ...commit, outcome: { ...commit.outcome, key } };
      expect(await commits.commit(foreign)).toEqual({ committed: false, reason: "request-settled" });
      await expectNothingOf(stores(), commit);
    });

    it("where the head has moved; onto the new head it is not", async () => {
      const { commits, mirrors, history } = stores();
      const { key, token, commit } = await aboutToCommit(stores());
      expect(await commits.commit(observation(key, token, key, { text: '{"name":"seen"}' }))).toEqual({
        committed: true,
      });
      expect(await commits.commit(commit)).toEqual({ committed: false, reason: "head-moved" });
      await expectNothingOf(stores(), commit);
      const head = await mirrors.mirror(key);
      const onto = observation(key, token, key, { head, text: '{"name":"y"}' });
      expect(await commits.commit({ ...commit, ...onto })).toEqual({ committed: true });
      const texts = (await history.versionsFrom(key, 1, 10)).map(({ documentText }) => documentText);
      expect(texts).toEqual(['{"name":"seen"}', '{"name":"y"}']);
    });

    it("where the version is there already, whatever the mirror says", async () => {
      const { commits, history, mirrors } = stores();
      const { key, commit } = await aboutToCommit(stores());
      await commits.commit(commit);
      await mirrors.takeClaim(key, aClaim("again", "again"), now);
      const forged = { ...observation(key, "again", key, { text: '{"name":"forged"}' }), headVersion: 1 };
      expect(await commits.commit(forged)).toEqual({ committed: false, reason: "head-moved" });
      await expectNothingOf(stores(), forged);
      expect((await history.version(key, 1))?.documentText).toBe('{"name":"x"}');
      expect(await mirrors.mirror(key)).toEqual(commit.mirror);
    });

    it("first for the settled request, then for the lost claim, then for the moved head", async () => {
      const { commits, mirrors, requests } = stores();
      const { key, record, token, commit } = await aboutToCommit(stores());
      await commits.commit(observation(key, token, key, { text: '{"name":"seen"}' }));
      await mirrors.takeClaim(key, aClaim(record.requestId, "newer"), leaseUntil + 1);
      expect(await commits.commit(commit)).toEqual({ committed: false, reason: "claim-lost" });
      await requests.finish({ key: record, epoch: 1, status: "failed", result: {}, finishedAt: now });
      expect(await commits.commit(commit)).toEqual({ committed: false, reason: "request-settled" });
      await expectNothingOf(stores(), commit);
    });
  });
}
