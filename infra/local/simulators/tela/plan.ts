/** What the routes of the simulated Tela are given, and what they plan. */
import type { JsonValue } from "../../../../shared/platform/json.ts";
import type { Answer } from "../delivery.ts";
import { jsonAnswer } from "../json-answer.ts";
import type * as simulated from "../simulated-provider.ts";
import type { Row } from "../simulated-workspace.ts";
import type { OutsideEdit, OutsideEditInput } from "./outside-edit.ts";
import type { Switches } from "./switches.ts";
import type { Workspace } from "./workspace.ts";
import type { ApiKey, ApiKeyInput, SavedWorkspace, WorkspaceSeed } from "./workspace-seed.ts";

export type TelaTypes = {
  readonly switches: Switches;
  readonly workspace: Workspace;
  readonly seed: SavedWorkspace;
  readonly seedInput: WorkspaceSeed;
  readonly key: ApiKey;
  readonly keyInput: ApiKeyInput;
  readonly edit: OutsideEdit;
  readonly editInput: OutsideEditInput;
  readonly list: ShownList;
};

export type CallContext = simulated.CallContext<TelaTypes>;
export type Plan = simulated.Plan<ShownList>;
export type Route = simulated.Route<TelaTypes>;

/** A list of test cases, with all those that a fault could show in it. */
export type ShownList = { readonly items: readonly JsonValue[]; readonly rows: readonly Row[] };

const errors: Readonly<Record<number, readonly [code: string, message: string]>> = {
  400: ["invalid_request", "The request is invalid."],
  401: ["unauthorized", "The API key is missing or invalid, or has no access to this test case."],
  402: ["usage_limit", "The monthly usage limit is reached."],
  403: ["forbidden", "The team has no access to the project."],
  404: ["not_found", "The resource does not exist or is not accessible."],
  422: ["unprocessable", "The request is invalid."],
  429: ["rate_limited", "Too many requests."],
  500: ["internal", "Something went wrong."],
};

export function errorAnswer(
  status: number,
  message?: string,
  shape: Switches["errorShape"] = "documented",
  details: readonly string[] = [],
): Answer {
  const [code, words] = errors[status] ?? ["error", "Error"];
  const error = {
    code,
    message: message ?? words,
    status,
    name: "Error",
    ...(details.length > 0 && { details }),
  };
  if (shape === "nested") return jsonAnswer(status, { error });
  return jsonAnswer(
    status,
    shape === "message-object" ? { ...error, message: { message: error.message } } : error,
  );
}

export function refuse(status: number, { errorShape }: Switches, details?: readonly string[]): Plan {
  return { answer: errorAnswer(status, undefined, errorShape, details) };
}
