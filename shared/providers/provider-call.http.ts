/**
 * The one place that makes a provider's HTTP call: one attempt, one deadline over connect, headers and body, no
 * redirect followed, nothing sent twice, and every failure classified by what is known of it.
 */
import type { Dispatcher } from "undici";
import type { Clock } from "../platform/clock.ts";
import { httpDateAt } from "./http-date.ts";
import type { Receipt } from "./provider.ts";
import type { ProviderAnswer } from "./provider-answer.ts";
import { type CallFailureCode, ProviderCallError } from "./provider-call-error.ts";
import { providerMessage } from "./provider-message.ts";
import { retryAfterMs } from "./retry-after.ts";

/** Far above any page of definitions; a larger answer is not what the provider documents. */
export const MAX_ANSWER_BYTES = 32 * 1024 * 1024;
/** Of an answer other than 2xx only the provider's message is read. */
const MAX_REFUSAL_BYTES = 64 * 1024;

const requestIdHeaders = ["x-request-id", "request-id", "x-amzn-requestid", "cf-ray"];
const MAX_REQUEST_ID_CHARACTERS = 200;

/** Where and as whom calls are made. */
export type ProviderEndpoint = {
  /** Its path is kept as a prefix of each call's. */
  readonly baseUrl: string;
  /** The key, sent as bearer token and nowhere else. If it rejects, so does the call, unchanged: nothing was sent. */
  readonly apiKey: () => Promise<string>;
  /** A plain undici `Agent`: no retry, redirect or cache interceptor, HTTP/1.1. */
  readonly dispatcher: Dispatcher;
  /** For `Retry-After` dates and durations. */
  readonly clock: Pick<Clock, "now">;
};

export type ProviderCall = {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** From `/` on, percent-encoded, with the query. */
  readonly path: string;
  /** JSON text. */
  readonly body?: string;
  /** Everything, fetching the key included, ends after this many milliseconds. */
  readonly timeoutMs: number;
  /** Finds the definition's id in an answer of which only a part came. */
  readonly definitionIdIn?: (partOfBody: string) => string | undefined;
};

/** The complete 2xx answer. @throws {ProviderCallError} and whatever {@link ProviderEndpoint.apiKey} rejects with */
export function callProvider(endpoint: ProviderEndpoint, call: ProviderCall): Promise<ProviderAnswer> {
  return new Exchange(endpoint, call).run();
}

type Headers = Readonly<Record<string, string | string[] | undefined>>;
type Head = { readonly status: number; readonly headers: Headers };

/**
 * One request and its answer. undici's own `request()` is not used, because it tells neither whether a failed
 * request had begun nor, while it is still connecting, that its signal was aborted.
 */
class Exchange implements Dispatcher.DispatchHandler {
  readonly #endpoint: ProviderEndpoint;
  readonly #call: ProviderCall;
  readonly #result = Promise.withResolvers<ProviderAnswer>();
  readonly #deadline: NodeJS.Timeout;
  #ended = false;
  #key = "";
  #sentAt = 0;
  /** Present from the moment at which undici begins to write the request to a connected socket. */
  #controller: Dispatcher.DispatchController | undefined;
  #head: Head | undefined;
  readonly #chunks: Buffer[] = [];
  #bytes = 0;

  constructor(endpoint: ProviderEndpoint, call: ProviderCall) {
    this.#endpoint = endpoint;
    this.#call = call;
    this.#deadline = setTimeout(() => {
      this.#fail(this.#controller === undefined ? "unreachable" : "timeout", "deadline");
    }, call.timeoutMs);
  }

  run(): Promise<ProviderAnswer> {
    this.#send().catch((error: unknown) => this.#end(() => this.#result.reject(error)));
    return this.#result.promise;
  }

  async #send(): Promise<void> {
    this.#key = await this.#endpoint.apiKey();
    // undici would refuse such a header as if the connection had failed, again and again.
    if (!/^[\x21-\x7e]+$/.test(this.#key)) {
      this.#fail("key-refused", "not usable as a header");
      return;
    }
    const { origin, pathname } = new URL(this.#endpoint.baseUrl);
    const { method, path, body } = this.#call;
    this.#sentAt = this.#endpoint.clock.now();
    this.#endpoint.dispatcher.dispatch(
      {
        origin,
        path: `${pathname.replace(/\/+$/, "")}${path}`,
        method,
        headers: {
          authorization: `Bearer ${this.#key}`,
          accept: "application/json",
          // Without it a proxy may choose a compression.
          "accept-encoding": "identity",
          "user-agent": "test-case-sync",
          ...(body !== undefined && { "content-type": "application/json" }),
        },
        body: body ?? null,
        // The one deadline is ours.
        headersTimeout: 0,
        bodyTimeout: 0,
        // Never pipelined behind another call: undici sends what is queued there again when that one is aborted.
        idempotent: false,
      },
      this,
    );
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    // Too late, or a second time: aborted here, before a byte is written.
    if (this.#ended || this.#controller !== undefined) controller.abort(new Error("not sent"));
    else this.#controller = controller;
  }

  onResponseStart(_: Dispatcher.DispatchController, status: number, headers: Headers): void {
    if (status < 200) return;
    this.#head = { status, headers };
    if (isSuccess(status) && Number(first(headers, "content-length")) > MAX_ANSWER_BYTES) {
      this.#fail("malformed-answer", "answer too large");
    }
  }

  onResponseData(_: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#head === undefined) return;
    this.#bytes += chunk.length;
    this.#chunks.push(chunk);
    const limit = isSuccess(this.#head.status) ? MAX_ANSWER_BYTES : MAX_REFUSAL_BYTES;
    if (this.#bytes > limit) this.#fail("malformed-answer", "answer too large");
  }

  onResponseEnd(): void {
    const head = this.#head;
    if (head === undefined) this.#fail("malformed-answer", "no status");
    else if (isSuccess(head.status)) this.#succeed(head);
    else this.#fail(codeOfStatus(head.status), undefined);
  }

  onResponseError(_: Dispatcher.DispatchController | undefined, error: Error): void {
    // Only the code: undici's errors carry parts of the answer.
    const cause = "code" in error && typeof error.code === "string" ? error.code : error.name;
    this.#fail(this.#controller === undefined ? "unreachable" : "connection-lost", cause);
  }

  #succeed(head: Head): void {
    try {
      // Replacement characters would change customers' text without a word.
      const text = new TextDecoder("utf-8", { fatal: true }).decode(Buffer.concat(this.#chunks));
      this.#end(() => this.#result.resolve({ text, receipt: this.#receipt(head) }));
    } catch {
      this.#fail("malformed-answer", "not UTF-8");
    }
  }

  /** Ends the call with `code`, unless the answer's status has decided already, and destroys its socket. */
  #fail(code: CallFailureCode, cause: string | undefined): void {
    this.#end(() => {
      this.#controller?.abort(new Error("call ended"));
      this.#result.reject(this.#failure(code, cause));
    });
  }

  #failure(code: CallFailureCode, cause: string | undefined): ProviderCallError {
    const head = this.#head;
    if (head === undefined) return new ProviderCallError({ code, cause });
    const { status, headers } = head;
    const answered = { status, receipt: this.#receipt(head) };
    const text = Buffer.concat(this.#chunks).toString("utf8");
    if (isSuccess(status)) {
      const definitionId = this.#call.definitionIdIn?.(text);
      return new ProviderCallError({
        code,
        cause,
        ...answered,
        ...(definitionId !== undefined && { definitionId }),
      });
    }
    // A refusal is one, even if its body stalls, breaks off or is endless.
    const waitMs = retryAfterMs(
      { retryAfter: first(headers, "retry-after"), retryAfterMs: first(headers, "retry-after-ms") },
      this.#endpoint.clock.now(),
    );
    const message = providerMessage(text, this.#key);
    return new ProviderCallError({
      code: codeOfStatus(status),
      cause,
      ...answered,
      ...(waitMs !== undefined && { retryAfterMs: waitMs }),
      ...(message !== undefined && { providerMessage: message }),
    });
  }

  #receipt({ status, headers }: Head): Receipt {
    const requestId = requestIdHeaders.map((name) => first(headers, name)).find((id) => id !== undefined);
    const serverDateAt = httpDateAt(first(headers, "date") ?? "");
    return {
      status,
      // The wall clock may have been set back meanwhile.
      durationMs: Math.max(0, this.#endpoint.clock.now() - this.#sentAt),
      ...(requestId !== undefined && { requestId: requestId.slice(0, MAX_REQUEST_ID_CHARACTERS) }),
      ...(serverDateAt !== undefined && { serverDateAt }),
    };
  }

  /** Only the first end counts. */
  #end(settle: () => void): void {
    if (this.#ended) return;
    this.#ended = true;
    clearTimeout(this.#deadline);
    settle();
  }
}

function isSuccess(status: number): boolean {
  return status >= 200 && status < 300;
}

function first(headers: Headers, name: string): string | undefined {
  const value = headers[name];
  return Array.isArray(value) ? value[0] : value;
}

/** What a status other than 2xx means. */
function codeOfStatus(status: number): CallFailureCode {
  if (status < 400) return "redirected";
  if (status >= 500 || status === 408) return "server-error";
  if (status === 401 || status === 402 || status === 403) return "key-refused";
  if (status === 404 || status === 410) return "not-found";
  if (status === 409) return "conflict";
  if (status === 429) return "rate-limited";
  return "invalid-request";
}
