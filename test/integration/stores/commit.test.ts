/** Each condition of the commit, one at a time: all or nothing, and the answer says which one did not hold. */
import { createHash } from "node:crypto";
import { beforeAll, describe, expect, it } from "vitest";
import { createCommitStore } from "../../../shared/change-request/commit.dynamodb.ts";
import type { Commit, CommitStore } from "../../../shared/change-request/commit.ts";
import { queuedRecord } from "../../../shared/change-request/queued-record.ts";
import { createRequestStore } from "../../../shared/change-request/request-store.dynamodb.ts";
import type { RequestStore } from "../../../shared/change-request/request-store.ts";
import { createHistoryStore } from "../../../shared/definition/history-store.dynamodb.ts";
import type { HistoryStore } from "../../../shared/definition/history-store.ts";
import type { Mirror } from "../../../shared/definition/mirror.ts";
import { createMirrorStore } from "../../../shared/definition/mirror-store.dynamodb.ts";
import type { MirrorStore } from "../../../shared/definition/mirror-store.ts";
import { nextVersion } from "../../../shared/definition/version.ts";
import { dynamoDbClient, withEngines } from "../../support/engines.ts";
import { createTables, testTables } from "../../support/tables.ts";

const engines = withEngines();
let commits: CommitStore;
let mirrors: MirrorStore;
let requests: RequestStore;
let history: HistoryStore;
beforeAll(async () => {
  const client = dynamoDbClient(engines.current);
  await createTables(client);
  commits = createCommitStore(client, testTables);
  mirrors = createMirrorStore(client, testTables.state);
  requests = createRequestStore(client, testTables.state);
  history = createHistoryStore(client, testTables.history);
});

const now = Date.parse("2026-11-21T10:00:00.000Z");
let number = 0;

/** A request under its claim, about to commit version 1 of its definition. */
async function aboutToCommit(text = '{"name":"x"}') {
  number += 1;
  const definitionId = `d${number}`;
  const key = { connection: "retell", definitionId };
  const target = { kind: "definition", ...key } as const;
  const record = queuedRecord(
    { connection: "retell", requestId: `r${number}`, operation: "delete", definitionId },
    "sha256:fingerprint",
    { by: "tester", at: now },
  );
  await requests.create(record);
  await mirrors.takeClaim(
    target,
    { requestId: record.requestId, token: `t${number}`, leaseUntil: now + 30_000 },
    now,
  );
  await requests.beginAttempt(record, 1, 1);
  const commit = commitOn(undefined, key, text, `t${number}`, record.requestId);
  return { key, target, record, commit };
}

function commitOn(
  head: Mirror | undefined,
  key: { connection: string; definitionId: string },
  text: string,
  token: string,
  requestId: string,
): Commit {
  const content = JSON.parse(text);
  const { version, mirror } = nextVersion({
    key,
    head,
    previousContent: head && {},
    state: { deleted: false, name: "x", scope: "retell-llm:1", text, content },
    changeType: "updated",
    source: "change_request",
    look: { startedAt: now, endedAt: now },
    now,
  });
  return {
    version,
    mirror,
    headVersion: head?.version ?? 0,
    claim: { target: { kind: "definition", ...key }, token },
    outcome: {
      key: { connection: "retell", requestId },
      epoch: 1,
      status: "applied",
      result: { version: version.record.version },
      finishedAt: now,
    },
    idempotencyToken: `token-${key.definitionId}-${version.record.version}-${requestId}`,
  };
}

describe("the commit", () => {
  it("writes version, mirror and outcome, and ends the claim", async () => {
    const { key, target, record, commit } = await aboutToCommit();
    expect(await commits.commit(commit)).toEqual({ committed: true });
    expect(await mirrors.mirror(key)).toEqual(commit.mirror);
    expect((await history.version(key, 1))?.documentText).toBe('{"name":"x"}');
    expect(await requests.read(record)).toMatchObject({ status: "applied", finishedAt: now });
    expect(
      await mirrors.takeClaim(target, { requestId: "other", token: "o", leaseUntil: now }, now),
    ).toMatchObject({ taken: true });
  });

  it("repeated after its answer was lost is the same commit", async () => {
    const { commit } = await aboutToCommit();
    await commits.commit(commit);
    expect(await commits.commit(commit)).toEqual({ committed: true });
  });

  it("does nothing where another attempt holds the claim", async () => {
    const { key, target, record, commit } = await aboutToCommit();
    await mirrors.takeClaim(
      target,
      { requestId: record.requestId, token: "newer", leaseUntil: now + 30_000 },
      now,
    );
    expect(await commits.commit(commit)).toEqual({ committed: false, reason: "claim-lost" });
    expect(await mirrors.mirror(key)).toBeUndefined();
    expect(await history.version(key, 1)).toBeUndefined();
    expect(await requests.read(record)).toMatchObject({ status: "applying" });
  });

  it("does nothing where the request has its outcome", async () => {
    const { key, record, commit } = await aboutToCommit();
    await requests.finish({ key: record, epoch: 1, status: "rejected", result: {}, finishedAt: now });
    expect(await commits.commit(commit)).toEqual({ committed: false, reason: "request-settled" });
    expect(await history.version(key, 1)).toBeUndefined();
    expect(await requests.read(record)).toMatchObject({ status: "rejected" });
  });

  it("does nothing where the outcome belongs to an earlier epoch", async () => {
    const { commit } = await aboutToCommit();
    const late = { ...commit, outcome: { ...(commit.outcome as NonNullable<Commit["outcome"]>), epoch: 2 } };
    expect(await commits.commit(late)).toEqual({ committed: false, reason: "request-settled" });
  });

  it("does nothing where the head has moved", async () => {
    const { key, record, commit } = await aboutToCommit();
    const { outcome, ...observed } = commit;
    expect(await commits.commit({ ...observed, idempotencyToken: `observed-${number}` })).toEqual({
      committed: true,
    });
    expect(await commits.commit(commit)).toEqual({ committed: false, reason: "head-moved" });
    const head = await mirrors.mirror(key);
    expect(head?.version).toBe(1);
    const onto = commitOn(head, key, '{"name":"y"}', `t${number}`, record.requestId);
    expect(await commits.commit(onto)).toEqual({ committed: true });
    expect((await history.versionsFrom(key, 1, 10)).map(({ record: { version } }) => version)).toEqual([
      1, 2,
    ]);
  });

  it("never replaces a version, whatever the mirror says", async () => {
    const { key, target, commit } = await aboutToCommit();
    await commits.commit(commit);
    await mirrors.takeClaim(target, { requestId: "again", token: "again", leaseUntil: now + 30_000 }, now);
    const { outcome, ...forged } = commitOn(undefined, key, '{"name":"forged"}', "again", "again");
    expect(await commits.commit({ ...forged, headVersion: 1 })).toEqual({
      committed: false,
      reason: "head-moved",
    });
    expect((await history.version(key, 1))?.documentText).toBe('{"name":"x"}');
  });

  it("stores a document that compresses to more than 300 KB in chunks, and reads it back untouched", async () => {
    const lines = Array.from({ length: 20_000 }, (_, index) =>
      createHash("sha256").update(String(index)).digest("base64"),
    );
    const text = JSON.stringify({ name: lines.join("\n") });
    const { key, commit } = await aboutToCommit(text);
    expect(commit.version.document.stored.chunks).toBeGreaterThan(1);
    expect(await commits.commit(commit)).toEqual({ committed: true });
    expect((await history.version(key, 1))?.documentText).toBe(text);
  });
});
