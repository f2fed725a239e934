/** Takes the claim, applies the request under it and gives the claim back. */
import { noteFound } from "../connection/account-key.ts";
import type { ClaimTarget } from "../definition/mirror/claim.ts";
import type { ReleaseOptions } from "../definition/mirror/mirror-store.ts";
import type { CallSlots } from "../rate-limit/call-slots.ts";
import { isExhausted } from "../retry/budget.ts";
import { adjudicationStartsAt } from "./adjudication/adjudication.ts";
import { isComingBack, rememberAsUndecided } from "./adjudication/given-up-write.ts";
import { applyCreate } from "./apply-create.ts";
import { applyEdit } from "./apply-edit.ts";
import {
  type Admitted,
  type ApplyDependencies,
  type Attempt,
  type AttemptEnd,
  type Decided,
  outcome,
  type Waiting,
} from "./attempt/attempt.ts";
import { type ChosenVersion, chosenVersion, type RestoreRequest } from "./attempt/chosen-version.ts";
import { HeldClaim } from "./attempt/held-claim.ts";
import type { ChangeRequest } from "./change-request.ts";
import { chargeCrash } from "./outcome/charge-crash.ts";
import type { RequestRecord } from "./record/request-record.ts";

const OTHERS_WRITE_WAIT_MS = 5_000;
/** Crashes beyond the budget that finding out about an unanswered write is worth. */
const CRASHES_TO_FIND_OUT = 8;

export type UnderClaim = {
  /** Its provider's calls keep within the rate limit. */
  readonly dependencies: ApplyDependencies;
  readonly slots: CallSlots;
  readonly admission: Admitted;
  readonly request: ChangeRequest;
  readonly record: RequestRecord;
  /** Epoch ms at which the invocation is killed: the lease ends with it. */
  readonly invocationEndsAt: number;
  /** Turns a wait into `failed` where the request has waited enough. */
  readonly orGivenUp: (end: Waiting) => Waiting | Decided;
  /** Writes an outcome while the claim is still held: whoever finds it free must find the request decided. */
  readonly settle: (record: RequestRecord, end: Decided) => Promise<AttemptEnd>;
};

/** `record`: with what this delivery has counted in it. */
export type ClaimEnd =
  | { readonly end: AttemptEnd; readonly record: RequestRecord }
  /** What nobody foresaw; the claim is given back. */
  | { readonly error: unknown; readonly record: RequestRecord };

export async function underClaim(parts: UnderClaim): Promise<ClaimEnd> {
  const { dependencies, request, record, invocationEndsAt } = parts;
  const { mirrors, random, clock } = dependencies;
  const target = await targetOf(dependencies, request);
  if (target.kind === "outcome") return { end: target, record };
  const lease = {
    requestId: record.requestId,
    epoch: record.epoch,
    token: random.token(),
    leaseUntil: invocationEndsAt,
  };
  const answer = await mirrors.takeClaim(target, lease, clock.now());
  if (!answer.taken) {
    const waitMs = Math.max(1_000, answer.heldUntil - clock.now());
    return { end: parts.orGivenUp({ kind: "wait", waitMs, reason: "claimed-by-another" }), record };
  }
  const claim = new HeldClaim(dependencies, target, lease, answer);
  let current = record;
  try {
    const charged = await chargeCrash(dependencies, record, answer);
    if (charged === "settled") {
      await claim.release(releaseOptions(claim, dependencies, undefined));
      return { end: { kind: "settled" }, record };
    }
    current = charged;
    const end = await decide(parts, { ...dependencies, ...parts, record: current, claim });
    current = withBegun(current, claim);
    const ended = await released(parts, claim, current, end);
    if (claim.mirror !== undefined && claim.isSeenAlive) {
      await noteFound(dependencies, parts.admission, claim.mirror);
    }
    return { end: ended, record: current };
  } catch (error) {
    // Nobody else shall wait for the lease; an open intent stays.
    await claim.release(releaseOptions(claim, dependencies, undefined));
    return { error, record: withBegun(current, claim) };
  }
}

function withBegun(record: RequestRecord, { attempts = record.attempts }: HeldClaim): RequestRecord {
  return { ...record, attempts };
}

/** A create excludes the other creates of its scope, and so does a restore that has to make the definition anew. */
export async function targetOf(
  dependencies: ApplyDependencies,
  request: ChangeRequest,
): Promise<ClaimTarget | Decided> {
  const { connection } = request;
  const { dialect } = dependencies.provider;
  if (request.operation === "create") {
    return { kind: "create", connection, scope: dialect.scopeOf(dialect.createBody(request.definition)) };
  }
  if (request.operation === "restore") {
    const chosen = await versionToMakeAnew(dependencies, request);
    if (chosen?.kind === "outcome") return chosen;
    if (chosen !== undefined) {
      return { kind: "create", connection, scope: dialect.scopeOf(dialect.recreateBody(chosen.document)) };
    }
  }
  return { kind: "definition", connection, definitionId: request.definitionId };
}

/** `undefined`: the definition lives, so it is edited. */
async function versionToMakeAnew(
  dependencies: ApplyDependencies,
  request: RestoreRequest,
): Promise<ChosenVersion | Decided | undefined> {
  const known = await dependencies.mirrors.mirror(request);
  return known?.deleted ? await chosenVersion(dependencies, request, known) : undefined;
}

async function decide(parts: UnderClaim, attempt: Attempt): Promise<AttemptEnd> {
  const { claim, record, admission } = attempt;
  const earlier = await earlierWrite(attempt);
  if (earlier !== undefined) return earlier;
  const charges = record.charges ?? 0;
  const isUndecided = (claim.openIntent ?? record.undecided) !== undefined;
  // A request that crashes its worker whenever it is tried gets no further than this.
  if (isExhausted(charges - (isUndecided ? CRASHES_TO_FIND_OUT : 0))) {
    return outcome("failed", { reason: isUndecided ? "outcome-unknown" : "retries-exhausted" });
  }
  const { request } = parts;
  return claim.target.kind === "create" || request.operation === "create"
    ? await applyCreate({ ...attempt, admission })
    : await applyEdit({ ...attempt, request });
}

/** What an open intent makes us wait for; `undefined`: nothing, or it is this request's own to judge now. */
async function earlierWrite({
  claim,
  clock,
  connection,
  record,
  requests,
}: Attempt): Promise<Waiting | undefined> {
  const intent = claim.openIntent ?? record.undecided;
  if (intent === undefined) return undefined;
  const isOwn = intent.requestId === record.requestId;
  const owner = isOwn ? record : await requests.read({ ...record, requestId: intent.requestId });
  if (!isOwn && isComingBack(owner, intent)) {
    // To find out; in the right message group it always comes first. A retry of it comes behind this one.
    return { kind: "wait", waitMs: OTHERS_WRITE_WAIT_MS, reason: "unanswered-write-of-another" };
  }
  const startsAt = adjudicationStartsAt(intent, connection.settleSeconds * 1_000);
  const now = clock.now();
  if (now < startsAt) return { kind: "wait", waitMs: startsAt - now, reason: "settles" };
  if (isOwn) return undefined;
  await rememberAsUndecided(requests, owner, intent);
  claim.supersede(intent);
  return undefined;
}

async function released(
  parts: UnderClaim,
  claim: HeldClaim,
  record: RequestRecord,
  end: AttemptEnd,
): Promise<AttemptEnd> {
  if (end.kind === "settled" && end.claimEnded) return end;
  const { clock, connection } = parts.dependencies;
  const decided = end.kind === "wait" ? parts.orGivenUp(end) : end;
  if (decided.kind !== "outcome") {
    await claim.release(releaseOptions(claim, parts.dependencies, undefined));
    return decided;
  }
  // Whoever sees the outcome relies on it that nothing undoes what the request wants, even if we are killed after it.
  if (decided.wantedVersion !== undefined || decided.deletionWanted) {
    const { withoutHistoryAt, ...found } = releaseOptions(claim, parts.dependencies, decided);
    if (Object.keys(found).length > 0 && !(await claim.noteFound(found)))
      return { kind: "wait", waitMs: 1_000, reason: "claim-lost" };
  }
  const intent = claim.openIntent;
  const isUndecided = decided.status === "failed" && intent?.requestId === record.requestId;
  const settled = await parts.settle(record, isUndecided ? { ...decided, undecided: intent } : decided);
  // Given up earlier, it may still land: it stays open, so that the next request waits for that as well.
  if (isUndecided && clock.now() >= adjudicationStartsAt(intent, connection.settleSeconds * 1_000)) {
    claim.supersede(intent);
  }
  await claim.release(releaseOptions(claim, parts.dependencies, decided));
  return settled;
}

function releaseOptions(
  { isSeenAlive, mirror, target }: HeldClaim,
  { clock }: ApplyDependencies,
  decided: Decided | undefined,
): Omit<ReleaseOptions, "superseded"> {
  if (target.kind === "create") return {};
  if (mirror === undefined) return { withoutHistoryAt: clock.now() };
  const { foundMissingAt, deletionWanted, wantedVersion } = decided ?? {};
  const isMissing = mirror.missingSince !== undefined;
  return {
    ...(!isMissing && foundMissingAt !== undefined && { missingSince: foundMissingAt }),
    ...(isMissing && foundMissingAt === undefined && isSeenAlive && { isFound: true as const }),
    ...(deletionWanted && { deletionWanted }),
    ...(wantedVersion !== undefined && { wantedVersion }),
  };
}
