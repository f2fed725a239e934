/**
 * The one place that makes a provider's HTTP call: one attempt, one deadline over connect, headers and body, no
 * redirect followed, nothing sent twice, and every failure classified by what is known of it.
 */
import type { Dispatcher } from "undici";
import type { Clock } from "../platform/clock.ts";
import {
  callFailure,
  codeOfStatus,
  completeAnswer,
  type HttpAnswer,
  type HttpHeaders,
  isSuccess,
} from "./http-answer.ts";
import type { ProviderAnswer } from "./provider-answer.ts";
import type { ProviderCall } from "./provider-call.ts";
import type { CallFailureCode } from "./provider-call-error.ts";

/** Far above any page of definitions; a larger answer is not what the provider documents. */
export const MAX_ANSWER_BYTES = 32 * 1024 * 1024;
/** Of an answer other than 2xx only the provider's message is read. */
const MAX_REFUSAL_BYTES = 64 * 1024;

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

/** The complete 2xx answer. @throws {ProviderCallError} and whatever {@link ProviderEndpoint.apiKey} rejects with */
export function callProvider(endpoint: ProviderEndpoint, call: ProviderCall): Promise<ProviderAnswer> {
  return new Exchange(endpoint, call).run();
}

type Head = Pick<HttpAnswer, "status" | "headers" | "beganAt">;

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

  onResponseStart(_: Dispatcher.DispatchController, status: number, headers: HttpHeaders): void {
    if (status < 200) return;
    this.#head = { status, headers, beganAt: this.#endpoint.clock.now() };
    if (isSuccess(status) && Number(headers["content-length"]) > MAX_ANSWER_BYTES) {
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
    const answer = completeAnswer(this.#answerSoFar(head));
    if (answer === undefined) this.#fail("malformed-answer", "not UTF-8");
    else this.#end(() => this.#result.resolve(answer));
  }

  /** Ends the call with `code`, unless the answer's status has decided already, and destroys its socket. */
  #fail(code: CallFailureCode, cause: string | undefined): void {
    this.#end(() => {
      this.#controller?.abort(new Error("call ended"));
      const answer = this.#head === undefined ? undefined : this.#answerSoFar(this.#head);
      this.#result.reject(
        callFailure(code, cause, answer, {
          ...this.#call,
          key: this.#key,
          now: this.#endpoint.clock.now(),
        }),
      );
    });
  }

  #answerSoFar(head: Head): HttpAnswer {
    return {
      ...head,
      body: Buffer.concat(this.#chunks),
      // The wall clock may have been set back meanwhile.
      durationMs: Math.max(0, this.#endpoint.clock.now() - this.#sentAt),
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
