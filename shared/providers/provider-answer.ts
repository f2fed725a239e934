/** A provider's 2xx answer, before anybody has understood it. */
import { type JsonValue, parseJson } from "../platform/json.ts";
import type { Answer, Receipt } from "./provider.ts";
import { ProviderCallError } from "./provider-call-error.ts";

export type ProviderAnswer = {
  /** The body, decoded as UTF-8. */
  readonly text: string;
  readonly receipt: Receipt;
};

/**
 * The answer's JSON as `read` understands it; `read` answers `undefined` for what the provider does not document.
 * An HTML page, a cut text or an object of another kind must never pass for an empty success.
 * @throws {ProviderCallError} `malformed-answer`, with the definition's id where `definitionIdIn` finds one
 */
export function readAnswer<T>(
  { text, receipt }: ProviderAnswer,
  read: (value: JsonValue) => T | undefined,
  definitionIdIn?: (text: string) => string | undefined,
): Answer<T> {
  const malformed = (cause: unknown) => {
    const definitionId = definitionIdIn?.(text);
    return new ProviderCallError({
      code: "malformed-answer",
      status: receipt.status,
      receipt,
      cause,
      ...(definitionId !== undefined && { definitionId }),
    });
  };
  let value: JsonValue;
  try {
    value = parseJson(text);
  } catch (error) {
    throw malformed(error);
  }
  const body = read(value);
  if (body === undefined) throw malformed("not the documented shape");
  return { body, receipt };
}
