/** What the store contracts put into stores: each call makes something that was never used before. */
import { randomUUID } from "node:crypto";
import type { Commit } from "../../shared/change-request/attempt/commit.ts";
import type { Outcome, RequestRecord } from "../../shared/change-request/record/request-record.ts";
import { nextVersion } from "../../shared/definition/history/version.ts";
import type { Claim, ClaimTarget, Intent } from "../../shared/definition/mirror/claim.ts";
import type { DefinitionKey, Mirror } from "../../shared/definition/mirror/mirror.ts";
import { isJsonObject, parseJson } from "../../shared/platform/json.ts";
import { now, type StoresUnderTest } from "./stores-under-test.ts";

export type DefinitionTarget = Extract<ClaimTarget, { kind: "definition" }>;
export type CreateTarget = Extract<ClaimTarget, { kind: "create" }>;

export function aDefinition(): DefinitionTarget {
  return { kind: "definition", connection: "retell", definitionId: `d-${randomUUID()}` };
}

export function aScope(): CreateTarget {
  return { kind: "create", connection: "retell", scope: `retell-llm:${randomUUID()}` };
}

export function aClaim(requestId: string, token: string, leaseUntil = now + 30_000): Claim {
  return { requestId, epoch: 1, token, leaseUntil };
}

export function anIntent(token: string, more: Partial<Intent> = {}): Intent {
  return {
    requestId: "a",
    epoch: 1,
    attempt: 1,
    token,
    operation: "update",
    startedAt: now,
    callDeadlineAt: now + 10_000,
    leaseUntil: now + 30_000,
    baseVersion: 3,
    baseHash: "sha256:base",
    baseModifiedRaw: 1_761_074_796_123,
    wantedHash: "sha256:wanted",
    ...more,
  };
}

export function supersededIntent(requestId: string, startedAt = now) {
  return { requestId, epoch: 1, operation: "update", wantedHash: "sha256:wanted", startedAt } as const;
}

export function aRecord(more: Partial<RequestRecord> = {}): RequestRecord {
  return {
    connection: "retell",
    requestId: `request-${randomUUID()}`,
    fingerprint: "sha256:x",
    operation: "update",
    definitionId: "d",
    status: "queued",
    epoch: 1,
    attempts: 0,
    submittedAt: now,
    queuedAt: now,
    ...more,
  };
}

/** A record that is in the store. */
export async function aCreatedRecord(
  { requests }: Pick<StoresUnderTest, "requests">,
  more: Partial<RequestRecord> = {},
): Promise<RequestRecord> {
  const record = aRecord(more);
  await requests.create(record);
  return record;
}

export const failedOutcome = {
  epoch: 1,
  status: "failed",
  result: { reason: "expired" },
  finishedAt: now,
} as const;

/** An applying request with its claim on a definition, or on the creates of a scope. */
export async function anApplyingRequest(
  { requests, mirrors }: Pick<StoresUnderTest, "requests" | "mirrors">,
  target: ClaimTarget = aDefinition(),
) {
  const record = aRecord();
  const claim = aClaim(record.requestId, `token-${randomUUID()}`);
  await requests.create(record);
  await mirrors.takeClaim(target, claim, now);
  await requests.beginAttempt(record, 1, { attempts: 1, charges: 1, startedAt: now });
  return { record, target, token: claim.token };
}

export type CommitOptions = {
  /** The head that it follows; default: none. */
  readonly head?: Mirror | undefined;
  /** The definition's text, or none: it is gone. */
  readonly text?: string | undefined;
};

/** The next version of a definition, and the mirror that has it as its head. */
export function versionOf(key: DefinitionKey, { head, text }: CommitOptions) {
  const content = text === undefined ? null : parseJson(text);
  return nextVersion({
    key: { connection: key.connection, definitionId: key.definitionId },
    head,
    previousContent: head && {},
    state: {
      deleted: content === null,
      name: "x",
      scope: "retell-llm:1",
      text: text ?? "null",
      content: isJsonObject(content) ? content : null,
    },
    changeType: content === null ? "deleted" : "updated",
    source: "change_request",
    look: { startedAt: now, endedAt: now },
    now,
  });
}

/** Records something about a definition without an outcome. */
export function observation(
  target: ClaimTarget,
  token: string,
  key: DefinitionKey,
  { head, text = '{"name":"x"}' }: CommitOptions = {},
): Commit {
  return {
    ...versionOf(key, { head, text }),
    headVersion: head?.version ?? 0,
    claim: { target, token },
    idempotencyToken: randomUUID(),
  };
}

/** Records the definition that the request made or changed, and ends the request as `applied`. */
export function application(
  { record, target, token }: Awaited<ReturnType<typeof anApplyingRequest>>,
  key: DefinitionKey,
  options: CommitOptions = {},
): Commit & { readonly outcome: Outcome } {
  const observed = observation(target, token, key, options);
  return {
    ...observed,
    outcome: {
      key: { connection: record.connection, requestId: record.requestId },
      epoch: 1,
      status: "applied",
      result: { version: observed.mirror.version, definitionId: key.definitionId },
      finishedAt: now,
    },
  };
}

/** A definition with a history of one version for each text (`undefined`: gone), and nobody's claim; its head. */
export async function aRecordedDefinition(
  { mirrors, commits }: Pick<StoresUnderTest, "mirrors" | "commits">,
  texts: readonly (string | undefined)[] = ['{"name":"x"}'],
  target: DefinitionTarget = aDefinition(),
): Promise<{ readonly target: DefinitionTarget; readonly head: Mirror }> {
  const token = randomUUID();
  await mirrors.takeClaim(target, aClaim("seed", token), now);
  let head: Mirror | undefined;
  for (const text of texts) {
    const commit = {
      ...observation(target, token, target, { head }),
      ...versionOf(target, { head, text }),
    };
    const answer = await commits.commit(commit);
    if (!answer.committed) throw new Error(`the history was not recorded: ${answer.reason}`);
    head = commit.mirror;
  }
  await mirrors.releaseClaim(target, token);
  if (head === undefined) throw new Error("a history needs a version");
  return { target, head };
}
