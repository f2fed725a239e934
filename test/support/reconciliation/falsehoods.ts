/**
 * What a history says that did not happen. The simulator's own record of effects is the truth: every version must be a
 * state that a definition really had, in the order in which it had them, and at a time that fits.
 */
import type { Effect } from "../../../infra/local/simulators/effects-log.ts";
import { canonicalHash } from "../../../shared/definition/document/canonical-form.ts";
import { contentOf } from "../../../shared/definition/document/content.ts";
import type { VersionRecord } from "../../../shared/definition/history/version.ts";
import { isJsonObject, parseJson } from "../../../shared/platform/json.ts";
import type { ReconciliationWorld } from "./reconciliation-world.ts";

type State = { readonly at: number; readonly hash: string; readonly scope: string | undefined };

const GONE = canonicalHash(null);

export async function falsehoods(world: ReconciliationWorld): Promise<readonly string[]> {
  const found: string[] = [];
  for (const { mirror } of world.tables.targets.values()) {
    if (mirror === undefined) continue;
    const { definitionId } = mirror;
    const truth = statesOf(world, definitionId);
    const versions = (await world.versions(definitionId)).map(({ record }) => record);
    let next = 0;
    for (const version of versions) {
      const at = truth.findIndex((state, index) => index >= next && isState(version, state));
      const name = `${definitionId} v${version.version} (${version.changeType} ${version.source})`;
      if (at < 0) {
        found.push(`${name} never was, or was before what is recorded already`);
        continue;
      }
      next = at;
      const state = truth[at] as State;
      if (state.at > version.recordedAt) found.push(`${name} was recorded before it happened`);
      if (!isInterval(version, truth)) found.push(`${name} did not happen in the interval that it names`);
    }
    for (const [index, version] of versions.entries()) {
      const before = versions[index - 1];
      const isSame =
        before !== undefined &&
        before.contentHash === version.contentHash &&
        before.deleted === version.deleted &&
        before.scope === version.scope;
      if (isSame) found.push(`${definitionId} v${version.version} is as the one before`);
    }
  }
  return found;
}

/** What is there and not recorded so, or recorded and not there. */
export async function unfound(world: ReconciliationWorld): Promise<readonly string[]> {
  const found: string[] = [];
  const ids = new Set(world.workspace.effects().map(({ definitionId }) => definitionId));
  for (const { mirror } of world.tables.targets.values()) if (mirror) ids.add(mirror.definitionId);
  for (const id of ids) {
    const live = statesOf(world, id).at(-1);
    const mirror = await world.mirror(id);
    if (mirror === undefined) {
      if (live !== undefined && live.hash !== GONE) found.push(`${id} is not recorded at all`);
    } else if (live === undefined || !isState(mirror, live)) {
      found.push(`${id} is recorded as it is not`);
    }
  }
  return found;
}

function statesOf(world: ReconciliationWorld, definitionId: string): readonly State[] {
  const { dialect } = world.dependencies.provider;
  return world.workspace.effects({ definitionId }).map(({ at, after }: Effect): State => {
    const document = after === undefined ? null : parseJson(after);
    if (!isJsonObject(document)) return { at, hash: GONE, scope: undefined };
    return {
      at,
      hash: canonicalHash(contentOf(document, dialect.bookkeeping)),
      scope: dialect.scopeOf(document),
    };
  });
}

function isState(
  recorded: Pick<VersionRecord, "contentHash" | "deleted" | "scope">,
  { hash, scope }: State,
): boolean {
  if (recorded.deleted) return hash === GONE;
  return recorded.contentHash === hash && recorded.scope === scope;
}

function isInterval(version: VersionRecord, truth: readonly State[]): boolean {
  const { occurredBetween, source } = version;
  // What a request has found before its write is told by the request's own tests.
  if (occurredBetween === undefined || source !== "reconciliation") return true;
  const [from, to] = occurredBetween;
  return truth.some((state) => isState(version, state) && state.at >= from && state.at <= to);
}
