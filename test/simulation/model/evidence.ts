/** What a run leaves behind, put in order for the checks: the provider's states, the requests' epochs, the versions. */
import type { Effect } from "../../../infra/local/simulators/effects-log.ts";
import type { RequestResult } from "../../../shared/change-request/record/request-record.ts";
import type { RequestStatus } from "../../../shared/change-request/record/request-state.ts";
import { canonicalHash } from "../../../shared/definition/document/canonical-form.ts";
import { contentOf } from "../../../shared/definition/document/content.ts";
import type { VersionRecord } from "../../../shared/definition/history/version.ts";
import { isJsonObject, type JsonObject, parseJson } from "../../../shared/platform/json.ts";
import { type ArrivedCall, callOf } from "../world/facts.ts";
import { CALL_TIMEOUT_MS, SETTLE_MS } from "../world/scenario.ts";
import { CONNECTION, DIALECT } from "../world/simulated-connection.ts";
import type { Run } from "../world/simulation.ts";

/** One epoch of a request. */
export type Epoch = {
  readonly requestId: string;
  readonly operation: string;
  readonly epoch: number;
  readonly status: RequestStatus;
  readonly result: RequestResult;
  readonly attempts: number;
  readonly finishedAt: number;
  readonly isLast: boolean;
};

/** A change of a definition at the provider. */
export type State = {
  /** Position among all effects of the run, from 0. */
  readonly index: number;
  readonly effect: Effect;
  /** The call of ours that made it; absent for an outside change. */
  readonly call: ArrivedCall | undefined;
  /** `gone` for a deletion. */
  readonly before: string;
  readonly after: string;
};

export const GONE = "gone";

export type Evidence = {
  readonly run: Run;
  readonly epochs: readonly Epoch[];
  readonly states: readonly State[];
  readonly statesOf: ReadonlyMap<string, readonly State[]>;
  readonly versions: readonly VersionRecord[];
  readonly versionsOf: ReadonlyMap<string, readonly VersionRecord[]>;
  /** Requests of which a write took effect later than anybody has to expect. */
  readonly tooLate: ReadonlySet<string>;
};

export function evidenceOf(run: Run): Evidence {
  const states = run.facts.effects.map((effect, index) => ({
    index,
    effect,
    call: callOf(run.facts, effect),
    before: stateText(effect.before),
    after: stateText(effect.after),
  }));
  const versions = [...run.tables.versions.values()].flatMap((byNumber) =>
    [...byNumber.values()].map(({ record }) => record).sort((a, b) => a.version - b.version),
  );
  return {
    run,
    epochs: epochsOf(run),
    states,
    statesOf: Map.groupBy(states, ({ effect }) => effect.definitionId),
    versions,
    versionsOf: Map.groupBy(versions, ({ definitionId }) => definitionId),
    tooLate: new Set(
      states.flatMap(({ call, effect }) =>
        call !== undefined && effect.at > call.at + CALL_TIMEOUT_MS + SETTLE_MS ? [call.requestId] : [],
      ),
    ),
  };
}

function epochsOf({ tables }: Run): Epoch[] {
  return [...tables.requests.values()].flatMap((record) => {
    const { requestId, operation, epoch, status, result = {}, attempts, finishedAt = 0 } = record;
    const earlier = (record.earlier ?? []).map((one) => ({ ...one, requestId, operation, isLast: false }));
    return [...earlier, { requestId, operation, epoch, status, result, attempts, finishedAt, isLast: true }];
  });
}

/** Hash of the content and the scope of a stored text. */
function stateText(text: string | undefined): string {
  if (text === undefined) return GONE;
  const document = documentOf(text);
  return canonicalHash(contentOf(document, DIALECT.bookkeeping));
}

export function documentOf(text: string): JsonObject {
  const document = parseJson(text);
  if (!isJsonObject(document)) throw new Error("the provider holds something else than an object");
  return document;
}

/** The state that a version records, in the words of {@link State}. */
export function stateOfVersion({ deleted, contentHash }: VersionRecord): string {
  return deleted ? GONE : contentHash;
}

/** What our write of this epoch has changed; a write that left every byte as it was is none. */
export function effectsOf({ states }: Evidence, requestId: string, epoch?: number): readonly State[] {
  return states.filter(
    ({ call, effect }) =>
      call?.requestId === requestId &&
      (epoch === undefined || call.epoch === epoch) &&
      effect.kind !== "unchanged",
  );
}

/** Somebody else's changes of a definition between two effects, both excluded. */
export function outsideBetween(
  { statesOf }: Evidence,
  definitionId: string,
  after: number,
  before = Number.POSITIVE_INFINITY,
): readonly State[] {
  return (statesOf.get(definitionId) ?? []).filter(
    ({ index, call }) => call === undefined && index > after && index < before,
  );
}

/**
 * May somebody's definition be taken for what an equal create of ours has made? One that is touched from outside, and
 * one that an unanswered create has made long after its settle time, cannot be told from it.
 */
export function mayBeTaken(evidence: Evidence, definitionId: string): boolean {
  const [first] = evidence.statesOf.get(definitionId) ?? [];
  const isTooLate = first?.call !== undefined && evidence.tooLate.has(first.call.requestId);
  return isTooLate || outsideBetween(evidence, definitionId, -1).length > 0;
}

/** The read that a write was decided on: the last one of its definition in the same invocation. */
export function lastReadBefore(
  { run }: Evidence,
  write: ArrivedCall,
  definitionId: string,
): ArrivedCall | undefined {
  return run.facts.calls.findLast(
    ({ number, invocation, method, path }) =>
      number < write.number &&
      invocation === write.invocation &&
      method === "GET" &&
      path.endsWith(`/${encodeURIComponent(definitionId)}`),
  );
}

export const CONNECTION_ID = CONNECTION.id;
