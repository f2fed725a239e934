/** Every request that reached a simulator, so that tests can say "exactly one PUT" or "never a test run". */
import { JsonTextError, type JsonValue, parseJson } from "../../../shared/platform/json.ts";
import type { Delivery, SimulatedRequest } from "./delivery.ts";

export type LoggedRequest = {
  /** 1, 2, 3 … since the start or the last reset. */
  readonly number: number;
  /** Epoch ms on the simulator's clock. */
  readonly at: number;
  readonly method: string;
  /** Raw, without query. */
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  /** The credentials of `authorization` are blanked out: a developer's real key may arrive here. */
  readonly headers: Readonly<Record<string, string>>;
  /** The body as text and, where it is JSON, as value. */
  readonly bodyText: string;
  readonly body?: JsonValue;
  /** `x-stainless-retry-count` of the official SDKs: 0 on the first attempt. */
  readonly retryCount?: number;
  /** Did it have an effect (a late one included)? Always false for a read. */
  readonly applied: boolean;
  readonly appliedAt?: number;
  /** Of the answer; absent for a reset, for none at all, and while it is worked on. */
  readonly status?: number;
  readonly delivery: Delivery["kind"] | "pending";
  readonly answeredAt?: number;
  /** The id of the fault that it met. */
  readonly fault?: number;
};

/** A long-lived local stack must not fill its memory; the numbers go on. */
const KEPT_REQUESTS = 100_000;

export class RequestLog {
  #requests: LoggedRequest[] = [];
  #last = 0;

  /** Logs an arrival. */
  begin(request: SimulatedRequest, at: number): LoggedRequest {
    const [path = "", search = ""] = request.target.split(/\?(.*)/s);
    const bodyText = request.body ?? "";
    const body = jsonOrUndefined(bodyText);
    const retryCount = request.headers["x-stainless-retry-count"];
    this.#last += 1;
    const entry: LoggedRequest = {
      number: this.#last,
      at,
      method: request.method,
      path,
      query: Object.fromEntries(new URLSearchParams(search)),
      headers: blankCredentials(request.headers),
      bodyText,
      ...(body === undefined ? {} : { body }),
      ...(retryCount === undefined ? {} : { retryCount: Number(retryCount) }),
      applied: false,
      delivery: "pending",
    };
    this.#requests.push(entry);
    if (this.#requests.length > KEPT_REQUESTS * 1.1) this.#requests = this.#requests.slice(-KEPT_REQUESTS);
    return entry;
  }

  /** Completes an entry with what became of the request. */
  note(entry: LoggedRequest, facts: Partial<LoggedRequest>): void {
    Object.assign(entry, facts);
  }

  /** In order of arrival; `path` may end in `*`. */
  list({ after = 0, method, path }: RequestFilter = {}): readonly LoggedRequest[] {
    return this.#requests.filter(
      (entry) =>
        entry.number > after &&
        (method === undefined || entry.method === method) &&
        (path === undefined ||
          (path.endsWith("*") ? entry.path.startsWith(path.slice(0, -1)) : entry.path === path)),
    );
  }

  clear(): void {
    this.#requests = [];
    this.#last = 0;
  }
}

export type RequestFilter = { readonly after?: number; readonly method?: string; readonly path?: string };

function blankCredentials(headers: Readonly<Record<string, string>>): Record<string, string> {
  const blanked = { ...headers };
  if (blanked["authorization"] !== undefined) {
    blanked["authorization"] = blanked["authorization"].replace(/^(\S*).*$/s, "$1 …");
  }
  return blanked;
}

function jsonOrUndefined(text: string): JsonValue | undefined {
  try {
    return text === "" ? undefined : parseJson(text);
  } catch (error) {
    if (error instanceof JsonTextError) return undefined;
    throw error;
  }
}
