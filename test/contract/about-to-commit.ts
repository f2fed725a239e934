/** A commit that is about to be made, and what must be true where it was not. */
import { expect } from "vitest";
import type { Commit } from "../../shared/change-request/attempt/commit.ts";
import { aDefinition, anApplyingRequest, application } from "./contract-data.ts";
import type { StoresUnderTest } from "./stores-under-test.ts";

/** A request under its claim, about to commit version 1 of its definition. */
export async function aboutToCommit(stores: StoresUnderTest) {
  const key = aDefinition();
  const applying = await anApplyingRequest(stores, key);
  return { key, ...applying, commit: application(applying, key) };
}

/** Nothing of the commit has happened. */
export async function expectNothingOf(
  { history, requests }: StoresUnderTest,
  { version, mirror, outcome }: Commit,
): Promise<void> {
  const there = await history.version(mirror, mirror.version);
  expect(there?.record.chainHash).not.toBe(version.record.chainHash);
  if (outcome !== undefined) expect((await requests.read(outcome.key))?.status).not.toBe("applied");
}
