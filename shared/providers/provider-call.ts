/** A provider's HTTP call as its adapter describes it, whatever carries it out. */
import type { ProviderAnswer } from "./provider-answer.ts";

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

/** Makes a call once. Answers the complete 2xx answer; everything else is a `ProviderCallError`. */
export type ProviderTransport = (call: ProviderCall) => Promise<ProviderAnswer>;
