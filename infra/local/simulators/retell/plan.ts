/** How the simulated Retell answers one request: planned first, then applied and delivered. */
import { type JsonObject, type JsonValue, stringifyJson } from "../../../../shared/platform/json.ts";
import type { Answer } from "../delivery.ts";
import type { Switches } from "./switches.ts";
import type { Row, Workspace } from "./workspace.ts";

export type CallContext = {
  readonly workspace: Workspace;
  /** The name of the API key, where it has one. */
  readonly keyName: string | null;
  readonly switches: Switches;
  /** Epoch ms on the simulator's clock. */
  readonly now: number;
  /** What a write is stamped with: epoch ms on the server's clock, in its resolution. */
  readonly stamp: number;
  /** The decoded id of the path, empty for paths without. */
  readonly id: string;
  readonly query: URLSearchParams;
  /** Absent where the body is not JSON; `{}` where there was none. */
  readonly body?: JsonValue;
};

export type ListPage = {
  readonly items: readonly JsonValue[];
  readonly has_more: boolean;
  /** Absent on the last page. */
  readonly pagination_key?: string;
};

export type Plan = {
  readonly answer: Answer;
  /** The effect: the new document, or none for a deletion. */
  readonly write?: { readonly definitionId: string; readonly document?: JsonObject };
  /** For a v2 list what the answer was made of, so that a fault can break it. */
  readonly list?: { readonly page: ListPage; readonly rows: readonly Row[]; readonly startKey: string };
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

export function jsonAnswer(status: number, value: unknown): Answer {
  return {
    status,
    headers: { "content-type": "application/json; charset=utf-8" },
    body: stringifyJson(value),
  };
}

/** Retell's error body, the same for all codes. */
export function errorAnswer(status: number, message = messages[status] ?? "Error"): Answer {
  return jsonAnswer(status, { status: "error", message });
}

export function refuse(status: number): Plan {
  return { answer: errorAnswer(status) };
}
