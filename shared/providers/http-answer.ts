/** What an HTTP answer of a provider means, whole or in part: its status, its headers and its body. Pure. */
import { httpDateAt } from "./http-date.ts";
import type { Receipt } from "./provider.ts";
import type { ProviderAnswer } from "./provider-answer.ts";
import type { ProviderCall } from "./provider-call.ts";
import { type CallFailureCode, ProviderCallError } from "./provider-call-error.ts";
import { providerMessage } from "./provider-message.ts";
import { rateLimitNews } from "./rate-limit-headers.ts";
import { retryAfterMs } from "./retry-after.ts";

/** Names in lower case. */
export type HttpHeaders = Readonly<Record<string, string | string[] | undefined>>;

export type HttpAnswer = {
  readonly status: number;
  readonly headers: HttpHeaders;
  /** As much of it as came. */
  readonly body: Uint8Array;
  /** Epoch ms on our clock at which its status and headers came. */
  readonly beganAt: number;
  /** Milliseconds from the sending of the request until the end of its answer. */
  readonly durationMs: number;
};

/** What a failure is told with besides the answer. */
export type FailedCall = Pick<ProviderCall, "definitionIdIn"> & {
  /** The key that the call was made with: it never shows in the provider's words. */
  readonly key: string;
  /** Epoch ms, for a `Retry-After` that is a date. */
  readonly now: number;
};

const requestIdHeaders = ["x-request-id", "request-id", "x-amzn-requestid", "cf-ray"];
const MAX_REQUEST_ID_CHARACTERS = 200;

export function isSuccess(status: number): boolean {
  return status >= 200 && status < 300;
}

/** The complete 2xx answer; `undefined` where it is not UTF-8: replacement characters would change customers' text. */
export function completeAnswer(answer: HttpAnswer): ProviderAnswer | undefined {
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(answer.body);
    return { text, receipt: receiptOf(answer) };
  } catch (error) {
    if (error instanceof TypeError) return undefined;
    throw error;
  }
}

/**
 * Why a call failed that ended with `code`. A status other than 2xx has decided already: a refusal is one, even if its
 * body stalls, breaks off or is endless.
 */
export function callFailure(
  code: CallFailureCode,
  cause: string | undefined,
  answer: HttpAnswer | undefined,
  { definitionIdIn, key, now }: FailedCall,
): ProviderCallError {
  if (answer === undefined) return new ProviderCallError({ code, cause });
  const { status, headers } = answer;
  const answered = { status, receipt: receiptOf(answer) };
  const text = Buffer.from(answer.body).toString("utf8");
  if (isSuccess(status)) {
    const definitionId = definitionIdIn?.(text);
    return new ProviderCallError({
      code,
      cause,
      ...answered,
      ...(definitionId !== undefined && { definitionId }),
    });
  }
  const waitMs = retryAfterMs(
    { retryAfter: first(headers, "retry-after"), retryAfterMs: first(headers, "retry-after-ms") },
    now,
  );
  const message = providerMessage(text, key);
  return new ProviderCallError({
    code: codeOfStatus(status),
    cause,
    ...answered,
    ...(waitMs !== undefined && { retryAfterMs: waitMs }),
    ...(message !== undefined && { providerMessage: message }),
  });
}

/** What a status other than 2xx means. */
export function codeOfStatus(status: number): CallFailureCode {
  if (status < 400) return "redirected";
  if (status >= 500 || status === 408) return "server-error";
  if (status === 401 || status === 402 || status === 403) return "key-refused";
  if (status === 404 || status === 410) return "not-found";
  if (status === 409) return "conflict";
  if (status === 429) return "rate-limited";
  return "invalid-request";
}

function receiptOf({ status, headers, beganAt, durationMs }: HttpAnswer): Receipt {
  const requestId = requestIdHeaders.map((name) => first(headers, name)).find((id) => id !== undefined);
  const serverDate = httpDateAt(first(headers, "date") ?? "");
  const limit = rateLimitNews(first(headers, "ratelimit"));
  return {
    status,
    durationMs,
    ...(requestId !== undefined && { requestId: requestId.slice(0, MAX_REQUEST_ID_CHARACTERS) }),
    ...(limit !== undefined && { limit }),
    ...(serverDate !== undefined && { clockAheadMs: serverDate - beganAt }),
  };
}

function first(headers: HttpHeaders, name: string): string | undefined {
  const value = headers[name];
  return Array.isArray(value) ? value[0] : value;
}
