/** The words that a provider gives with a refusal. They may quote customers' data: never for a log. */
import { isJsonObject, JsonTextError, type JsonValue, parseJson } from "../platform/json.ts";

export const MAX_PROVIDER_MESSAGE_CHARACTERS = 1_000;

/** Where providers put it: Retell `message`, its older API `error_message`, others the rest. */
const messageMembers = ["message", "error_message", "error", "detail", "title"];

/** The first message in an error body, cut to {@link MAX_PROVIDER_MESSAGE_CHARACTERS}; `secret` never shows in it. */
export function providerMessage(bodyText: string, secret: string): string | undefined {
  const body = parsed(bodyText);
  if (!isJsonObject(body)) return undefined;
  const message = messageMembers
    .map((name) => body[name])
    .find((value) => typeof value === "string" && value !== "");
  if (typeof message !== "string") return undefined;
  return (
    message
      .replaceAll(secret, "[key]")
      .slice(0, MAX_PROVIDER_MESSAGE_CHARACTERS)
      // The cut may leave half a character, which a store would refuse.
      .toWellFormed()
  );
}

/** A refusal's body need not be JSON: its status has said everything that matters. */
function parsed(text: string): JsonValue | undefined {
  try {
    return parseJson(text);
  } catch (error) {
    if (error instanceof JsonTextError) return undefined;
    throw error;
  }
}
