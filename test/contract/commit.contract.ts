/** What every implementation of {@link CommitStore} keeps to: what a commit writes, once. */
import { describe, expect, it } from "vitest";
import { allKnownScopes, unknownScope } from "../../shared/reconciliation/run/known-scope.ts";
import { aboutToCommit, expectNothingOf } from "./about-to-commit.ts";
import {
  aClaim,
  aDefinition,
  anApplyingRequest,
  anIntent,
  application,
  observation,
  supersededIntent,
} from "./contract-data.ts";
import { now, type StoresUnderTest } from "./stores-under-test.ts";

const leaseUntil = now + 30_000;

export function commitContract(stores: () => StoresUnderTest): void {
  describe("a commit", () => {
    it("writes version, mirror and outcome, and ends the claim", async () => {
      const { mirrors, commits, history, requests } = stores();
      const { key, record, commit } = await aboutToCommit(stores());
      expect(await commits.commit(commit)).toEqual({ committed: true });
      expect(await mirrors.mirror(key)).toEqual(commit.mirror);
      expect(await history.version(key, 1)).toEqual({
        record: commit.version.record,
        documentText: '{"name":"x"}',
        patchText: undefined,
        foreignAttributes: false,
      });
      expect(await requests.read(record)).toEqual({
        ...record,
        status: "applied",
        attempts: 1,
        charges: 1,
        firstAttemptAt: now,
        finishedAt: now,
        result: commit.outcome.result,
      });
      expect(await mirrors.takeClaim(key, aClaim("other", "o"), now)).toEqual({
        taken: true,
        mirror: commit.mirror,
        superseded: [],
      });
    });

    it("ends the open intent with the claim, and keeps the superseded ones", async () => {
      const { mirrors, commits } = stores();
      const { key, token, commit } = await aboutToCommit(stores());
      await mirrors.writeIntent(key, token, anIntent(token), [supersededIntent("early")]);
      expect(await commits.commit(commit)).toEqual({ committed: true });
      expect(await mirrors.takeClaim(key, aClaim("other", "o"), now)).toEqual({
        taken: true,
        mirror: commit.mirror,
        superseded: [supersededIntent("early")],
      });
    });

    it("replaces the superseded intents where it comes with a list", async () => {
      const { mirrors, commits } = stores();
      const { key, token, commit } = await aboutToCommit(stores());
      await mirrors.writeIntent(key, token, anIntent(token), [supersededIntent("x"), supersededIntent("y")]);
      const seen = observation(key, token, key);
      await commits.commit({ ...seen, superseded: [supersededIntent("y")] });
      expect((await mirrors.intents(key)).superseded).toEqual([supersededIntent("y")]);
      const onto = { ...commit, ...observation(key, token, key, { head: seen.mirror }), superseded: [] };
      expect(await commits.commit(onto)).toEqual({ committed: true });
      expect((await mirrors.intents(key)).superseded).toEqual([]);
    });

    it("without an outcome leaves claim, intent and request as they are", async () => {
      const { mirrors, commits, requests } = stores();
      const { key, token, record } = await aboutToCommit(stores());
      await mirrors.writeIntent(key, token, anIntent(token));
      const seen = observation(key, token, key);
      expect(await commits.commit(seen)).toEqual({ committed: true });
      expect(await mirrors.takeClaim(key, aClaim("other", "o"), leaseUntil)).toEqual({
        taken: false,
        heldUntil: leaseUntil,
      });
      expect(await mirrors.takeClaim(key, aClaim("other", "o"), leaseUntil + 1)).toMatchObject({
        mirror: seen.mirror,
        openIntent: anIntent(token),
      });
      expect(await requests.read(record)).toMatchObject({ status: "applying" });
    });

    it("makes the scope known that a definition was moved to", async () => {
      const { commits, knownScopes } = stores();
      const { key, token } = await aboutToCommit(stores());
      const place = { connection: key.connection, scope: `elsewhere ${key.definitionId}` };
      expect(await commits.commit({ ...observation(key, token, key), movedTo: place.scope })).toEqual({
        committed: true,
      });
      const all = await allKnownScopes(knownScopes, place.connection);
      expect(all.filter(({ scope }) => scope === place.scope)).toEqual([unknownScope(place)]);
    });

    it("notes the drift that shall be healed at the scope, and nothing of it where it is not made", async () => {
      const { commits, knownScopes, mirrors } = stores();
      const { key, token } = await aboutToCommit(stores());
      const seen = observation(key, token, key);
      const place = { connection: key.connection, scope: seen.mirror.scope };
      const { heals } = await knownScopes.read(place);
      const healing = { ...seen, healIn: place.scope, mirror: { ...seen.mirror, healPending: 1 } };
      expect(await commits.commit({ ...healing, headVersion: 7 })).toMatchObject({ committed: false });
      expect((await knownScopes.read(place)).heals).toEqual(heals);
      const again = { ...healing, idempotencyToken: `${seen.idempotencyToken.slice(0, 30)}2` };
      expect(await commits.commit(again)).toEqual({ committed: true });
      expect((await mirrors.mirror(key))?.healPending).toBe(1);
      expect((await knownScopes.read(place)).heals).toEqual({ ...heals, [key.definitionId]: [1] });
    });

    it("takes away from the mirror what the new head does not have any more", async () => {
      const { mirrors, commits } = stores();
      const { key, token, commit } = await aboutToCommit(stores());
      const seen = observation(key, token, key);
      const more = {
        ...seen.mirror,
        missingSince: now,
        modified: { at: now, raw: now },
        listRowHash: "sha256:row",
        healPending: 1,
      };
      await commits.commit({ ...seen, mirror: more });
      expect(await mirrors.mirror(key)).toEqual(more);
      const onto = application(await anApplyingRequest(stores(), aDefinition()), key, { head: more });
      await commits.commit({ ...onto, claim: commit.claim });
      expect(await mirrors.mirror(key)).toEqual(onto.mirror);
    });

    it("keeps what it was given, whatever becomes of the caller's object", async () => {
      const { commits, requests } = stores();
      const { record, commit } = await aboutToCommit(stores());
      const differences = [{ pointer: "/name", sent: "x", stored: "X" }];
      const { outcome } = commit;
      await commits.commit({
        ...commit,
        outcome: { ...outcome, result: { ...outcome.result, differences } },
      });
      differences.length = 0;
      expect((await requests.read(record))?.result?.differences).toHaveLength(1);
    });
  });

  describe("a commit that is repeated", () => {
    it("after its answer was lost is the same commit", async () => {
      const { commits, history } = stores();
      const { key, commit } = await aboutToCommit(stores());
      expect(await commits.commit(commit)).toEqual({ committed: true });
      expect(await commits.commit(structuredClone(commit))).toEqual({ committed: true });
      expect(await history.versionsFrom(key, 1, 10)).toHaveLength(1);
    });

    it("does not undo what has happened since", async () => {
      const { commits, mirrors, requests } = stores();
      const { key, commit } = await aboutToCommit(stores());
      await commits.commit(commit);
      const next = await anApplyingRequest({ requests, mirrors }, key);
      expect(await commits.commit(commit)).toEqual({ committed: true });
      const onto = application(next, key, { head: commit.mirror });
      expect(await commits.commit(onto)).toEqual({ committed: true });
      expect(await commits.commit(commit)).toEqual({ committed: true });
      expect(await mirrors.mirror(key)).toEqual(onto.mirror);
    });

    it("with another content under the same token is an error, and nothing happens", async () => {
      const { commits } = stores();
      const first = await aboutToCommit(stores());
      const second = await aboutToCommit(stores());
      const { idempotencyToken } = first.commit;
      await commits.commit(first.commit);
      await expect(commits.commit({ ...second.commit, idempotencyToken })).rejects.toThrow(
        /IdempotentParameterMismatch/,
      );
      await expectNothingOf(stores(), second.commit);
    });

    it("after it was refused may succeed", async () => {
      const { commits, mirrors } = stores();
      const scope = { kind: "create", connection: "retell", scope: "retell-llm:contended" } as const;
      const key = aDefinition();
      await mirrors.takeClaim(key, aClaim("other", "theirs"), now);
      const commit = application(await anApplyingRequest(stores(), scope), key);
      expect(await commits.commit(commit)).toEqual({ committed: false, reason: "contention" });
      await mirrors.releaseClaim(key, "theirs");
      expect(await commits.commit(commit)).toEqual({ committed: true });
    });
  });
}
