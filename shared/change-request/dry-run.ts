/**
 * A dry run: what a request would come to against the live definition. It goes the way of the real thing up to the
 * intent; nothing is claimed, stored or sent.
 */
import { type ConnectionHealthStore, pristineHealth } from "../connection/connection-health.ts";
import { diff } from "../definition/document/diff.ts";
import type { JsonObject } from "../platform/json.ts";
import { silentLog } from "../platform/log.ts";
import { noMetrics } from "../platform/metrics.ts";
import type { ApplyDependencies, Attempt, AttemptEnd } from "./attempt/attempt.ts";
import type { CommitStore } from "./attempt/commit.ts";
import { createPlanOf } from "./attempt/create-plan.ts";
import { HeldClaim } from "./attempt/held-claim.ts";
import { prepareEdit } from "./prepare-edit.ts";
import type { RequestResult } from "./record/request-record.ts";
import type { TerminalStatus } from "./record/request-state.ts";
import type { ParsedRequest } from "./submission/parse-change-request.ts";
import { queuedRecord } from "./submission/queued-record.ts";
import { targetOf } from "./under-claim.ts";

export type DryRunDependencies = Omit<ApplyDependencies, "commits" | "health" | "metrics"> & {
  /** Its workspace and its key are what a 404 is believed by. */
  readonly health: Pick<ConnectionHealthStore, "read">;
};

export type DryRun =
  | ({
      readonly kind: "outcome";
      readonly outcome: TerminalStatus;
      /** RFC 6902, from the live content to the one that would be sent. */
      readonly patch?: readonly JsonObject[];
    } & Pick<RequestResult, "conflict" | "reason" | "errors" | "providerMessage">)
  /** The provider does not tell what is live now. */
  | { readonly kind: "unavailable"; readonly reason: string };

/** What is observed on the way is not recorded, but counts as if it were. */
const storesNothing: CommitStore = { commit: async () => ({ committed: true }) };

/** `endsAt`: epoch ms by which an answer is needed. */
export async function dryRun(
  dependencies: DryRunDependencies,
  { request, fingerprint }: Extract<ParsedRequest, { valid: true }>,
  endsAt: number,
): Promise<DryRun> {
  const { clock, mirrors } = dependencies;
  const parts: ApplyDependencies = {
    ...dependencies,
    commits: storesNothing,
    // There may be a record under this id: of the real thing.
    requests: { ...dependencies.requests, noteFailure: async () => true },
    health: { read: (connection) => dependencies.health.read(connection), write: async () => true },
    metrics: noMetrics,
    log: silentLog,
  };
  const target = await targetOf(parts, request);
  if (target.kind === "outcome") return resultOf(target);
  // The one call that it makes in any case: the read of the live definition.
  const isCreate = target.kind === "create" || request.operation === "create";
  const { slots, provider } = parts.pacer.begin(parts.provider, endsAt);
  const throttled = isCreate ? undefined : await slots.reserve(1);
  if (throttled !== undefined) return { kind: "unavailable", reason: throttled.reason };
  const mirror = target.kind === "definition" ? await mirrors.mirror(target) : undefined;
  const attempt: Attempt = {
    ...parts,
    provider,
    slots,
    request,
    record: queuedRecord(request, fingerprint, { by: "dry-run", at: clock.now() }),
    claim: new HeldClaim(
      { mirrors, clock },
      target,
      { token: "dry-run", leaseUntil: endsAt },
      { taken: true, superseded: (await mirrors.intents(target)).superseded, ...(mirror && { mirror }) },
    ),
    admission: { kind: "go", health: pristineHealth, keyVersion: "", writes: "allowed", isProbe: false },
  };
  if (isCreate) {
    const plan = await createPlanOf(attempt);
    const unmet = plan.kind === "outcome" ? plan : plan.unmet;
    return unmet === undefined ? { kind: "outcome", outcome: "applied" } : resultOf(unmet);
  }
  const prepared = await prepareEdit({ ...attempt, request });
  switch (prepared.kind) {
    case "send": {
      const patch = diff(prepared.live.content, prepared.wanted);
      return { kind: "outcome", outcome: "applied", patch };
    }
    case "delete":
      return { kind: "outcome", outcome: "applied" };
    default:
      return resultOf(prepared);
  }
}

function resultOf(end: AttemptEnd): DryRun {
  switch (end.kind) {
    case "outcome": {
      const { conflict, reason, errors, providerMessage } = end.result;
      return {
        kind: "outcome",
        outcome: end.status,
        ...(conflict && { conflict }),
        ...(reason !== undefined && { reason }),
        ...(errors && { errors }),
        ...(providerMessage !== undefined && { providerMessage }),
      };
    }
    case "wait":
      return { kind: "unavailable", reason: end.reason };
    case "key-refused":
      return { kind: "unavailable", reason: "key-refused" };
    case "settled":
      // A write of this request, given up earlier, is found to have happened: a retry would adopt it.
      return { kind: "outcome", outcome: "applied" };
  }
}
