/**
 * What a simulator sends back, or how it fails to. The core decides it without knowing of sockets, so that a
 * simulation can use the core without HTTP; `simulator-server.http.ts` carries it out.
 */

/** A request as it arrived. */
export type SimulatedRequest = {
  readonly method: string;
  /** Path and query as they stood in the request line. */
  readonly target: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** Absent where the bytes are not UTF-8. Empty where there was no body. */
  readonly body?: string;
};

export type Answer = {
  readonly status: number;
  /** Names in lower case. `content-length` is added on the wire. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
};

export type Delivery =
  | { readonly kind: "answer"; readonly answer: Answer }
  /** Headers that announce the whole body, half of the body, then nothing until the client gives up. */
  | { readonly kind: "stalled-body"; readonly answer: Answer }
  /** Headers that announce the whole body, half of the body, then a closed connection. */
  | { readonly kind: "cut-body"; readonly answer: Answer }
  /** A TCP reset instead of an answer. */
  | { readonly kind: "reset" }
  /** No answer, the connection stays open until the client gives up. */
  | { readonly kind: "never" };
