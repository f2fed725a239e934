/** Answers in JSON. Documents stand in them as the provider wrote them: `stringifyJson` keeps the text of numbers. */
import { stringifyJson } from "../../shared/platform/json.ts";
import { Problem } from "./problem.ts";

/**
 * Lambda returns at most 6 MiB, and a large body travels in base64, which makes it a third larger. Only a definition
 * far beyond what providers take comes near.
 */
const MAX_BODY_BYTES = 4.4 * 1024 * 1024;

export function jsonResponse(
  value: object,
  { status = 200, headers = {} }: { status?: number; headers?: Record<string, string> } = {},
): Response {
  return jsonTextResponse(stringifyJson(value), status, headers);
}

export function jsonTextResponse(text: string, status = 200, headers: Record<string, string> = {}): Response {
  if (Buffer.byteLength(text, "utf8") > MAX_BODY_BYTES) {
    throw new Problem("answer-too-large", "The document is too large for an answer of this API");
  }
  return new Response(text, { status, headers: { ...headers, "content-type": "application/json" } });
}
