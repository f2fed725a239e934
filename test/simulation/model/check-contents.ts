/** What a write of ours has left at the provider is what was asked for, nothing else was touched, and what was expected held. */
import { canonicallyEqual } from "../../../shared/definition/document/canonical-form.ts";
import { isJsonObject, type JsonObject, type JsonValue, parseJson } from "../../../shared/platform/json.ts";
import type { ArrivedCall } from "../world/facts.ts";
import { contentOf } from "../world/outside-editor.ts";
import { documentOf, type Evidence, lastReadBefore, type State, stateOfVersion } from "./evidence.ts";

/** The provider may replace it, or fill it in. */
const REWRITTEN = "llm_model";

export function checkContents(evidence: Evidence): string[] {
  return evidence.states.flatMap((state) => {
    const { call, effect } = state;
    const request = evidence.run.facts.requests.get(call?.requestId ?? "");
    if (call === undefined || request === undefined || effect.after === undefined) return [];
    const body = documentOf(request.body);
    const after = contentOf(documentOf(effect.after));
    const what = `content: ${call.requestId}/${call.epoch}`;
    const wanted = wantedMembers(body);
    const missed = Object.keys(wanted).filter((name) => !isSame(after, wanted, name));
    const faults = missed.map((name) => `${what} was to write ${name} and did not`);
    if (effect.before === undefined || !isWrittenOnWhatWasRead(evidence, state, call)) return faults;
    const before = contentOf(documentOf(effect.before));
    if (body["operation"] === "update" && isJsonObject(body["patch"])) {
      const touched = Object.keys(before).filter(
        (name) => !Object.hasOwn(wanted, name) && !isSame(before, after, name),
      );
      faults.push(...touched.map((name) => `${what} has changed ${name}, which it was not to touch`));
    }
    return [...faults, ...checkExpectation(evidence, state, body, what)];
  });
}

/** The top-level members that a request sets, as far as that can be told without what it was applied to. */
function wantedMembers(body: JsonObject): JsonObject {
  const { definition, patch } = body;
  if (isJsonObject(definition)) return definition;
  if (isJsonObject(patch)) return patch;
  if (!Array.isArray(patch)) return {};
  const operations = patch as readonly { op: string; path: string; value: JsonValue }[];
  return Object.fromEntries(
    operations
      .filter(({ op, path }) => op === "replace" && path === "/user_prompt")
      .map(({ value }) => ["user_prompt", value]),
  );
}

function isSame(a: JsonObject, b: JsonObject, name: string): boolean {
  return name === REWRITTEN || canonicallyEqual(a[name], b[name]);
}

/** Nobody came in between the read that the write was decided on and the write. */
function isWrittenOnWhatWasRead(evidence: Evidence, state: State, call: ArrivedCall): boolean {
  const read = lastReadBefore(evidence, call, state.effect.definitionId);
  const overwritten = (evidence.statesOf.get(state.effect.definitionId) ?? []).findLast(
    ({ index }) => index < state.index,
  );
  return read !== undefined && overwritten !== undefined && overwritten.index < read.effectsBefore;
}

function checkExpectation(evidence: Evidence, state: State, body: JsonObject, what: string): string[] {
  const { expect } = body;
  if (!isJsonObject(expect)) return [];
  const { version, contentHash, modifiedTimestamp } = expect;
  const live = parseJson(state.effect.before ?? "null") as JsonObject;
  const isOtherVersion =
    version !== undefined &&
    !(evidence.versionsOf.get(state.effect.definitionId) ?? []).some(
      (one) => one.version === version && stateOfVersion(one) === state.before,
    );
  const isOther =
    isOtherVersion ||
    (contentHash !== undefined && contentHash !== state.before) ||
    (modifiedTimestamp !== undefined && modifiedTimestamp !== live["user_modified_timestamp"]);
  return isOther ? [`P4: ${what} was applied to something else than it expected`] : [];
}
