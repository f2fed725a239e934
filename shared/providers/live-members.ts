/** What a connection ignores, in a body that is about to be sent. Pure. */
import { isJsonObject, type JsonObject, type JsonValue } from "../platform/json.ts";

/**
 * `body` with the value that stands at `path` in the live document. What a connection ignores is left out of every
 * comparison, but a write that left it out could delete it.
 */
export function withLive(body: JsonObject, path: readonly string[], live: JsonValue | undefined): JsonObject {
  const [name, ...rest] = path;
  if (name === undefined || !isJsonObject(live) || !Object.hasOwn(live, name)) return body;
  const liveValue = live[name];
  if (rest.length === 0) return withMember(body, name, liveValue);
  const member = Object.hasOwn(body, name) ? body[name] : undefined;
  return isJsonObject(member) ? withMember(body, name, withLive(member, rest, liveValue)) : body;
}

export function withMember(object: JsonObject, name: string, value: JsonValue | undefined): JsonObject {
  if (value === undefined) return object;
  // fromEntries defines members, so that one called __proto__ stays a member.
  return Object.fromEntries(new Map(Object.entries(object)).set(name, value));
}
