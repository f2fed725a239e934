/** Puts what a look has found into the history: an outside change, or the late effect of a write of ours. */
import {
  intentsBehind,
  type LateEffect,
  lateEffectOf,
} from "../../change-request/adjudication/late-effect.ts";
import { isRewritten } from "../../definition/history/provider-rewrite.ts";
import { PROVIDER_REWRITE, TO_BE_HEALED } from "../../definition/history/reasons.ts";
import {
  type ChangeType,
  type Look,
  nextVersion,
  type ObservedState,
  type VersionRecord,
} from "../../definition/history/version.ts";
import { withSuperseded } from "../../definition/mirror/claim.ts";
import type { DefinitionKey, Mirror } from "../../definition/mirror/mirror.ts";
import type { Intents } from "../../definition/mirror/mirror-store.ts";
import type { JsonValue } from "../../platform/json.ts";
import { decideHeal, type HealDecision, isTooMuch, tellStopped } from "../heal/heal-rule.ts";
import { withdrawHeal } from "../heal/withdraw-heal.ts";
import type { Interval } from "./interval.ts";
import type { Observation, ObservationAnswer } from "./observation-store.ts";
import { counted, countOf, leaving, type Pass } from "./pass.ts";
import type { ScopeScan } from "./scope-scan.ts";

export type Finding = {
  readonly key: DefinitionKey;
  /** As it was before the look. */
  readonly head: Mirror | undefined;
  readonly previousContent: JsonValue | undefined;
  readonly live: ObservedState;
  readonly look: Look;
  /** What it is called where the scope is the head's. */
  readonly changeType: ChangeType;
  readonly occurredBetween?: Interval;
  /** Of the row with which the list shows this state. */
  readonly listRowHash?: string;
  /** Machine-readable; why it is no outside change. */
  readonly reason?: string;
  /** What requests have left behind, where that has been read already. */
  readonly intents?: Intents;
};

const MAX_TRIES = 3;
/** Between tries of a transaction that met another one. */
const CONTENTION_WAIT_MS = 50;

/** The pass with the finding in it: recorded, or left to the next run. */
export async function recordFinding(scan: ScopeScan, finding: Finding): Promise<Pass> {
  const { deps, pass } = scan;
  const { key, head, live } = finding;
  const intents = finding.intents ?? (await intentsBehind(deps.mirrors, key, head, live));
  // Whose write it is will be found out by its request.
  if (intents.open !== undefined) return leaving(pass, [key.definitionId]);
  const late = await lateEffectOf(deps, { ...finding, connection: key.connection, intents });
  if (late?.isOpen) return leaving(pass, [key.definitionId]);
  const isRewrite = isRewritten(finding, deps.provider.dialect.rewriteSet);
  const isDrift = late === undefined && !isRewrite && finding.changeType !== "baseline";
  const healing: HealDecision = isDrift ? await decideHeal(deps, finding, isTooMuch(scan)) : "leaves";
  const heals = healing === "heals";
  const { answer, record } = await committed(scan, finding, { intents, late, isRewrite, heals });
  if (!answer.recorded) {
    deps.log.info("finding-not-recorded", { ...key, runId: scan.run.runId, reason: answer.reason });
    return leaving(pass, [key.definitionId]);
  }
  tell(scan, record, { late, isDrift });
  if (healing === "stopped") tellStopped(deps, key, record.version, scan.run.runId);
  // It is not waited for, whatever becomes of this: nothing is lost but a request that would meet another head.
  if (head?.healPending !== undefined) await withdrawHeal(deps, key, head.healPending);
  const next = { ...pass, doubtful: { ...pass.doubtful, [key.definitionId]: null } };
  return counted(next, countOf[record.changeType]);
}

type Meaning = {
  readonly intents: Intents;
  readonly late: LateEffect | undefined;
  readonly isRewrite: boolean;
  readonly heals: boolean;
};

async function committed(
  scan: ScopeScan,
  finding: Finding,
  meaning: Meaning,
): Promise<{ readonly answer: ObservationAnswer; readonly record: VersionRecord }> {
  const { clock, observations, random } = scan.deps;
  for (let tries = 1; ; tries += 1) {
    const observation = observationOf(scan, finding, meaning);
    const answer = await observations.record(observation);
    if (answer.recorded || answer.reason !== "contention" || tries === MAX_TRIES) {
      return { answer, record: observation.version.record };
    }
    await clock.sleep(CONTENTION_WAIT_MS * (1 + random.fraction()));
  }
}

/** Stamped anew for each try, so that `recordedAt` is never long past. */
function observationOf(
  scan: ScopeScan,
  finding: Finding,
  { intents, late, isRewrite, heals }: Meaning,
): Observation {
  const { clock, connection } = scan.deps;
  const { key, head, previousContent, live, look, changeType, occurredBetween, listRowHash } = finding;
  const reason = isRewrite ? PROVIDER_REWRITE : heals ? TO_BE_HEALED : finding.reason;
  const now = clock.now();
  const { version, mirror } = nextVersion({
    key,
    head,
    previousContent,
    state: live,
    changeType,
    look,
    ignored: connection.ignore,
    now,
    ...(late === undefined
      ? {
          source: "reconciliation" as const,
          ...(occurredBetween && { occurredBetween }),
          ...(reason !== undefined && { attribution: { reason } }),
        }
      : { source: "adopted" as const, extras: { late: true as const }, attribution: late.attribution }),
  });
  const { superseded } = intents;
  return {
    version,
    mirror: {
      ...mirror,
      ...(listRowHash !== undefined && { listRowHash }),
      ...(heals && { healPending: mirror.version }),
    },
    headVersion: head?.version ?? 0,
    superseded,
    ...(late?.isOfThisTarget && {
      supersededAfter: withSuperseded(
        superseded.filter((one) => one !== late.intent),
        undefined,
        now,
      ),
    }),
    ...(heals && { healIn: scan.scope }),
    ...(head !== undefined && head.scope !== live.scope && { movedTo: live.scope }),
    idempotencyToken: scan.newIdempotencyToken(),
  };
}

function tell(
  { deps, run }: ScopeScan,
  { connection, definitionId, version, changeType, requestId }: VersionRecord,
  { late, isDrift }: { readonly late: LateEffect | undefined; readonly isDrift: boolean },
): void {
  const { log, metrics } = deps;
  const fields = { connection, definitionId, version, changeType, runId: run.runId };
  if (late !== undefined) {
    metrics.count("LateEffect", connection);
    log.warn("late-effect", { ...fields, requestId });
    return;
  }
  if (changeType === "baseline") return;
  log.info("outside-change-recorded", fields);
  if (changeType === "deleted") metrics.count("DeletionRecorded", connection);
  else if (isDrift) metrics.count("DriftRecorded", connection);
}
