/** The words that a provider gives with a refusal. They may quote customers' data: never for a log. */
import { isJsonArray, isJsonObject, JsonTextError, type JsonValue, parseJson } from "../platform/json.ts";

const MAX_PROVIDER_MESSAGE_CHARACTERS = 1_000;

/** Where providers put it: Retell `message`, its older API `error_message`, others the rest. */
const messageMembers = ["message", "error_message", "error", "detail", "title", "msg"];
/** An error inside an error inside a list is as far as it goes. */
const MAX_NESTING = 4;

/** The first message in an error body, cut to {@link MAX_PROVIDER_MESSAGE_CHARACTERS}; `secret` never shows in it. */
export function providerMessage(bodyText: string, secret: string): string | undefined {
  const body = parsed(bodyText);
  const message = isJsonObject(body) ? messageIn(body, MAX_NESTING) : undefined;
  if (message === undefined) return undefined;
  return (
    message
      .replaceAll(secret, "[key]")
      .slice(0, MAX_PROVIDER_MESSAGE_CHARACTERS)
      // The cut may leave half a character, which a store would refuse.
      .toWellFormed()
  );
}

/** Its text, or that of the object or the list of objects in its place: `{"error":{"message":…}}`, `{"detail":[{"msg":…}]}`. */
function messageIn(value: JsonValue | undefined, nesting: number): string | undefined {
  if (typeof value === "string") return value === "" ? undefined : value;
  if (nesting === 0) return undefined;
  const parts = isJsonArray(value)
    ? value
    : isJsonObject(value)
      ? messageMembers.filter((name) => Object.hasOwn(value, name)).map((name) => value[name])
      : [];
  return parts.map((part) => messageIn(part, nesting - 1)).find((message) => message !== undefined);
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
