/** What every implementation of {@link CommitStore} keeps to: a deleted definition that lives on as a new one. */
import { describe, expect, it } from "vitest";
import { expectNothingOf } from "./about-to-commit.ts";
import {
  aDefinition,
  anApplyingRequest,
  application,
  aRecordedDefinition,
  observation,
} from "./contract-data.ts";
import type { StoresUnderTest } from "./stores-under-test.ts";

export function continuationCommitContract(stores: () => StoresUnderTest): void {
  describe("the commit of a continuation", () => {
    const restoring = async () => {
      const scope = {
        kind: "create",
        connection: "retell",
        scope: `retell-llm:${aDefinition().definitionId}`,
      };
      const deleted = await aRecordedDefinition(stores(), ['{"name":"x"}', undefined]);
      const key = aDefinition();
      const applying = await anApplyingRequest(stores(), scope as Parameters<typeof anApplyingRequest>[1]);
      const from = { connection: "retell", definitionId: deleted.target.definitionId };
      return {
        deleted,
        key,
        commit: { ...application(applying, key), continuation: { from, headVersion: 2 } },
      };
    };

    it("names the new definition at the deleted one", async () => {
      const { commits, mirrors } = stores();
      const { deleted, key, commit } = await restoring();
      expect(await commits.commit(commit)).toEqual({ committed: true });
      expect(await mirrors.mirror(deleted.target)).toEqual({
        ...deleted.head,
        continuesAs: key.definitionId,
      });
    });

    it("is refused where the deleted one lives on already, unless as the one that is gone as well", async () => {
      const { commits, mirrors } = stores();
      const { deleted, key, commit } = await restoring();
      await commits.commit(commit);
      const second = await restoring();
      const again = { ...second.commit, continuation: commit.continuation };
      expect(await commits.commit(again)).toEqual({ committed: false, reason: "continued-elsewhere" });
      await expectNothingOf(stores(), again);
      const wrong = { ...again, continuation: { ...commit.continuation, formerly: "other" } };
      expect(await commits.commit(wrong)).toEqual({ committed: false, reason: "continued-elsewhere" });
      const right = { ...again, continuation: { ...commit.continuation, formerly: key.definitionId } };
      expect(await commits.commit(right)).toEqual({ committed: true });
      expect(await mirrors.mirror(deleted.target)).toMatchObject({ continuesAs: second.key.definitionId });
    });

    it("is refused where the deleted one has another head, or no history", async () => {
      const { commits, mirrors } = stores();
      const { deleted, commit } = await restoring();
      for (const continuation of [
        { ...commit.continuation, headVersion: 1 },
        { ...commit.continuation, formerly: "other" },
        { from: aDefinition(), headVersion: 1 },
      ]) {
        expect(await commits.commit({ ...commit, continuation })).toEqual({
          committed: false,
          reason: "continued-elsewhere",
        });
      }
      await expectNothingOf(stores(), commit);
      expect(await mirrors.mirror(deleted.target)).toEqual(deleted.head);
    });

    it("is not undone by whoever looked at the deleted one before", async () => {
      const { commits, mirrors } = stores();
      const { deleted, key, commit } = await restoring();
      const watching = await anApplyingRequest(stores(), deleted.target);
      await commits.commit(commit);
      const seen = observation(deleted.target, watching.token, deleted.target, { head: deleted.head });
      expect(seen.mirror.continuesAs).toBeUndefined();
      expect(await commits.commit(seen)).toEqual({ committed: true });
      expect(await mirrors.mirror(deleted.target)).toEqual({ ...seen.mirror, continuesAs: key.definitionId });
    });
  });
}
