/**
 * Why a provider call did not succeed. Three questions decide everything that follows: could it have happened
 * already ({@link ProviderCallError.effect}), can a retry help ({@link ProviderCallError.retryable}), and when
 * ({@link ProviderCallError.retryAfterMs}).
 */
import type { Receipt } from "./provider.ts";

export type CallFailureCode =
  /** 400, 413, 422 and every other 4xx without a meaning of its own: this request can never succeed. */
  | "invalid-request"
  /** 404 or 410. */
  | "not-found"
  /** 409. */
  | "conflict"
  /** 401, 402 or 403: the key check decides what it means. */
  | "key-refused"
  /** 429: rate limited by the provider. */
  | "rate-limited"
  /** Not sent: our own rate limit has no slot near. */
  | "throttled"
  /** 3xx: never followed, because the key must not travel. */
  | "redirected"
  /** DNS, connect or TLS failed before a byte of the request was sent. */
  | "unreachable"
  /** 408 or 5xx. */
  | "server-error"
  /** No complete answer within the deadline. */
  | "timeout"
  /** Reset or closed after the request had begun. */
  | "connection-lost"
  /** 2xx, but the body is not what the provider documents: HTML, cut short, without an id. */
  | "malformed-answer";

const codesOfUnknownEffect: ReadonlySet<CallFailureCode> = new Set([
  "server-error",
  "timeout",
  "connection-lost",
  "malformed-answer",
]);

const codesWithoutRetry: ReadonlySet<CallFailureCode> = new Set(["invalid-request", "not-found"]);

export type CallFailure = {
  readonly code: CallFailureCode;
  /** HTTP status, where there was an answer. */
  readonly status?: number;
  /** From `Retry-After` or `retry-after-ms`, milliseconds, as sent (the caller caps it). */
  readonly retryAfterMs?: number;
  /** The provider's own words, at most 1 000 characters: for the request's record only, never for a log. */
  readonly providerMessage?: string;
  /** The definition's id, where a malformed answer still names one. */
  readonly definitionId?: string;
  readonly receipt?: Receipt;
  readonly cause?: unknown;
};

export class ProviderCallError extends Error {
  override name = "ProviderCallError";
  readonly code: CallFailureCode;
  readonly status: number | undefined;
  readonly retryAfterMs: number | undefined;
  readonly providerMessage: string | undefined;
  readonly definitionId: string | undefined;
  readonly receipt: Receipt | undefined;

  constructor(failure: CallFailure) {
    // The message holds our code and the status only: it may reach a log.
    super(
      `provider call failed: ${failure.code}${failure.status === undefined ? "" : ` (${failure.status})`}`,
      {
        cause: failure.cause,
      },
    );
    this.code = failure.code;
    this.status = failure.status;
    this.retryAfterMs = failure.retryAfterMs;
    this.providerMessage = failure.providerMessage;
    this.definitionId = failure.definitionId;
    this.receipt = failure.receipt;
  }

  /** Could the call have taken effect? For a read it does not matter. */
  get effect(): "none" | "unknown" {
    return codesOfUnknownEffect.has(this.code) ? "unknown" : "none";
  }

  /** Can the same call succeed later, with nothing changed on our side? */
  get retryable(): boolean {
    return !codesWithoutRetry.has(this.code);
  }
}
