/** Errors as RFC 9457 says: one body shape for all of them, and a stable code for programs. */
import type { Fault } from "../../shared/providers/provider.ts";

const problems = {
  "invalid-request": [400, "The request is not valid"],
  "not-json": [400, "The body is not a JSON object"],
  unauthenticated: [401, "A valid bearer token is needed"],
  forbidden: [403, "The token's role does not allow this"],
  "unknown-route": [404, "There is no such resource"],
  "unknown-connection": [404, "There is no such connection"],
  "unknown-definition": [404, "There is no such definition"],
  "unknown-version": [404, "There is no such version"],
  "unknown-change-request": [404, "There is no such change request"],
  "unknown-reconciliation": [404, "There is no such reconciliation run"],
  "not-known-yet": [404, "The definition was not known yet"],
  "method-not-allowed": [405, "The resource does not take this method"],
  "request-id-reused": [409, "The request id belongs to another change request"],
  "not-failed": [409, "Only a failed change request can be retried"],
  "body-not-kept": [409, "The message of the change request was not kept"],
  "already-started": [409, "Only a queued change request can be cancelled"],
  "reconciliation-running": [409, "A reconciliation run is going on"],
  "not-halted": [409, "Only what is halted waits for a decision"],
  "too-large": [413, "The body is too large"],
  "unsupported-media-type": [415, "The body must be JSON"],
  "internal-error": [500, "The request could not be answered"],
  "damaged-history": [500, "The stored history is damaged"],
  "answer-too-large": [500, "The answer is larger than the API can send"],
  "temporarily-unavailable": [503, "The service cannot answer now"],
  "provider-unavailable": [503, "The provider does not say what is live"],
  "queue-unavailable": [503, "The queue does not take the message"],
} as const satisfies Record<string, readonly [status: number, title: string]>;

export type ProblemCode = keyof typeof problems;

/** Ends a request with a problem. `detail` and `errors` never quote what customers wrote. */
export class Problem extends Error {
  override name = "Problem";
  readonly code: ProblemCode;
  readonly errors: readonly Fault[] | undefined;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    code: ProblemCode,
    detail: string,
    {
      errors,
      headers = {},
    }: { readonly errors?: readonly Fault[]; readonly headers?: Readonly<Record<string, string>> } = {},
  ) {
    super(detail);
    this.code = code;
    this.errors = errors;
    this.headers = headers;
  }
}

/** What is wrong with the query or the path, by the name of the parameter. */
export function invalidParameter(name: string, message: string): Problem {
  return new Problem("invalid-request", `${name} ${message}`, { errors: [{ pointer: `/${name}`, message }] });
}

/** When a client may try again to put a message into a queue that did not take it. */
const QUEUE_RETRY_AFTER_SECONDS = 5;

export function queueUnavailable(detail: string): Problem {
  return new Problem("queue-unavailable", detail, {
    headers: { "retry-after": String(QUEUE_RETRY_AFTER_SECONDS) },
  });
}

export function problemResponse({ code, message, errors, headers }: Problem): Response {
  const [status, title] = problems[code];
  const body = { type: `urn:test-case-sync:problem:${code}`, title, status, detail: message, code, errors };
  return new Response(JSON.stringify(body), {
    status,
    headers: { ...headers, "content-type": "application/problem+json" },
  });
}
