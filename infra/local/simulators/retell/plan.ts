/** What the routes of the simulated Retell are given, and what they plan. */
import type { JsonValue } from "../../../../shared/platform/json.ts";
import type { Answer } from "../delivery.ts";
import { jsonAnswer } from "../json-answer.ts";
import type * as simulated from "../simulated-provider.ts";
import type { Row } from "../simulated-workspace.ts";
import type { ApiKey, ApiKeyInput } from "./api-keys.ts";
import type { OutsideEdit, OutsideEditInput } from "./outside-edit.ts";
import type { Switches } from "./switches.ts";
import type { Workspace } from "./workspace.ts";
import type { SavedWorkspace, WorkspaceSeed } from "./workspace-seed.ts";

export type RetellTypes = {
  readonly switches: Switches;
  readonly workspace: Workspace;
  readonly seed: SavedWorkspace;
  readonly seedInput: WorkspaceSeed;
  readonly key: ApiKey;
  readonly keyInput: ApiKeyInput;
  readonly edit: OutsideEdit;
  readonly editInput: OutsideEditInput;
  readonly list: ShownPage;
};

export type CallContext = simulated.CallContext<RetellTypes>;
export type Plan = simulated.Plan<ShownPage>;
export type Route = simulated.Route<RetellTypes>;

export type ListPage = {
  readonly items: readonly JsonValue[];
  readonly has_more: boolean;
  /** Absent on the last page. */
  readonly pagination_key?: string;
};

/** A page of a v2 list, with what it was made of. */
export type ShownPage = {
  readonly page: ListPage;
  readonly rows: readonly Row[];
  readonly startKey: string;
};

/** Retell's documented example messages. */
const messages: Readonly<Record<number, string>> = {
  400: "Invalid request format, please check API reference.",
  401: "API key is missing or invalid.",
  402: "Trial has ended, please add payment method.",
  403: "Forbidden",
  404: "The requested resource was not found.",
  409: "Resource update conflict.",
  412: "Precondition failed for conditional update.",
  422: "Cannot find requested asset under given api key.",
  429: "Account rate limited, please throttle your requests.",
  500: "An unexpected server error occurred.",
};

/** Retell's error body, the same for all codes. */
export function errorAnswer(status: number, message = messages[status] ?? "Error"): Answer {
  return jsonAnswer(status, { status: "error", message });
}

export function refuse(status: number): Plan {
  return { answer: errorAnswer(status) };
}
