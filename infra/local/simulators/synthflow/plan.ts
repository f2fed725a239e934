/** What the routes of the simulated Synthflow are given, and what they plan. */
import type { JsonValue } from "../../../../shared/platform/json.ts";
import type { Answer } from "../delivery.ts";
import { jsonAnswer } from "../json-answer.ts";
import type * as simulated from "../simulated-provider.ts";
import type { OutsideEdit, OutsideEditInput } from "./outside-edit.ts";
import type { Switches } from "./switches.ts";
import type { Workspace } from "./workspace.ts";
import type { ApiKey, SavedWorkspace, WorkspaceSeed } from "./workspace-seed.ts";

export type SynthflowTypes = {
  readonly switches: Switches;
  readonly workspace: Workspace;
  readonly seed: SavedWorkspace;
  readonly seedInput: WorkspaceSeed;
  readonly key: ApiKey;
  readonly keyInput: ApiKey;
  readonly edit: OutsideEdit;
  readonly editInput: OutsideEditInput;
  readonly list: ShownPage;
};

export type CallContext = simulated.CallContext<SynthflowTypes>;
export type Plan = simulated.Plan<ShownPage>;
export type Route = simulated.Route<SynthflowTypes>;

/** A page of a list, with what a fault needs to break it. */
export type ShownPage = {
  readonly items: readonly JsonValue[];
  readonly total: number;
  /** `response` around other items and another total. */
  readonly around: (items: readonly JsonValue[], total: number) => JsonValue;
  readonly firstPage: readonly JsonValue[];
  /** Every row of every suite, as it is shown. */
  readonly all: readonly JsonValue[];
};

const messages: Readonly<Record<number, string>> = {
  400: "Bad request",
  401: "Invalid API key",
  403: "Forbidden",
  404: "Simulation case not found",
  422: "Input should be valid",
  429: "Too many requests",
  500: "Internal server error",
};

const slugs: Readonly<Record<number, string>> = {
  400: "bad_request",
  401: "unauthorized",
  403: "forbidden",
  404: "not_found",
  422: "unprocessable_entity",
  429: "rate_limited",
};

/** Error bodies are not documented; these two shapes were seen by others. */
export function errorAnswer(
  status: number,
  message = messages[status] ?? "Error",
  { errors }: Pick<Switches, "errors"> = { errors: "detail" },
): Answer {
  if (errors === "gateway") return jsonAnswer(status, { error: slugs[status] ?? "error", message });
  if (status !== 422) return jsonAnswer(status, { detail: message });
  return jsonAnswer(status, { detail: [{ loc: ["body"], msg: message, type: "value_error" }] });
}

export function refuse({ switches }: Pick<CallContext, "switches">, status: number): Plan {
  return { answer: errorAnswer(status, undefined, switches) };
}

/** The envelope of every success but a delete's. */
export function enveloped(response: JsonValue): Answer {
  return jsonAnswer(200, { status: "ok", response });
}
