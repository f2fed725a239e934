/**
 * The control of a simulated provider over HTTP, for tests and people in other processes. No key is needed.
 *
 *     GET    /__simulator__/state
 *     GET    /__simulator__/requests?after=&method=&path=      path may end in *
 *     GET    /__simulator__/effects?after=&definitionId=
 *     POST   /__simulator__/switches    the switches to change → all switches
 *     POST   /__simulator__/faults      one fault or an array → { ids }
 *     DELETE /__simulator__/faults
 *     POST   /__simulator__/edits       one outside edit or an array → { results }
 *     POST   /__simulator__/reset
 */
import {
  isJsonArray,
  JsonTextError,
  type JsonValue,
  parseJson,
  withPlainNumbers,
} from "../../../shared/platform/json.ts";
import type { Answer, SimulatedRequest } from "./delivery.ts";
import { type FaultInput, faultSchema } from "./fault.ts";
import { jsonAnswer } from "./json-answer.ts";
import { OutsideEditError } from "./outside-edit-error.ts";
import type { RequestFilter } from "./request-log.ts";

export const CONTROL_PREFIX = "/__simulator__/";

/** What it needs of a simulator, whichever provider's it is. */
type Control = {
  snapshot(): unknown;
  requests(filter: RequestFilter): unknown;
  effects(filter: { after?: number; definitionId?: string }): unknown;
  /** Its own schema checks them. */
  setSwitches(changes: never): unknown;
  addFault(fault: FaultInput): number;
  clearFaults(): void;
  editAll(edits: readonly unknown[]): unknown;
  reset(): void;
};
type ControlCall = (control: Control, query: URLSearchParams, body: JsonValue) => unknown;

const calls: Readonly<Record<string, ControlCall>> = {
  "GET state": (control) => control.snapshot(),
  "GET requests": (control, query) =>
    control.requests({ ...after(query), ...text(query, "method"), ...text(query, "path") }),
  "GET effects": (control, query) => control.effects({ ...after(query), ...text(query, "definitionId") }),
  "POST switches": (control, _query, body) => control.setSwitches(withPlainNumbers(body) as never),
  "POST faults": (control, _query, body) => ({
    // All are checked before the first is added.
    ids: oneOrMany(body)
      .map((fault) => faultSchema.parse(withPlainNumbers(fault)))
      .map((fault) => control.addFault(fault)),
  }),
  "DELETE faults": (control) => {
    control.clearFaults();
    return {};
  },
  "POST edits": (control, _query, body) => ({
    // Not with plain numbers: those of definitions keep their text.
    results: control.editAll(oneOrMany(body)),
  }),
  "POST reset": (control) => {
    control.reset();
    return {};
  },
};

export function answerControlCall(control: Control, { method, target, body }: SimulatedRequest): Answer {
  const url = new URL(target, "http://simulator");
  const name = `${method} ${url.pathname.slice(CONTROL_PREFIX.length)}`;
  const call = Object.hasOwn(calls, name) ? calls[name] : undefined;
  if (call === undefined) return refusal(404, `the simulator's control has no ${name}`);
  try {
    return jsonAnswer(200, call(control, url.searchParams, body ? parseJson(body) : {}));
  } catch (error) {
    if (!isCallersMistake(error)) throw error;
    return refusal(400, error.message);
  }
}

function refusal(status: number, message: string): Answer {
  return jsonAnswer(status, { status: "error", message });
}

/** A body that is not JSON, does not fit its schema (zod), or names something that is not there. */
function isCallersMistake(error: unknown): error is Error {
  return (
    error instanceof JsonTextError ||
    error instanceof OutsideEditError ||
    (error instanceof Error && error.name === "$ZodError")
  );
}

function oneOrMany(body: JsonValue): readonly JsonValue[] {
  return isJsonArray(body) ? body : [body];
}

function after(query: URLSearchParams): { after: number } {
  return { after: Number(query.get("after") ?? 0) };
}

function text<Name extends string>(query: URLSearchParams, name: Name): { [Key in Name]?: string } {
  const value = query.get(name);
  return value === null ? {} : ({ [name]: value } as { [Key in Name]: string });
}
