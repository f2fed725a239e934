/** JSON Merge Patch, RFC 7396: `null` removes a member, objects merge, everything else replaces. */
import { isJsonObject, type JsonObject, type JsonValue } from "../../platform/json.ts";

export function applyMergePatch(target: JsonObject, patch: JsonObject): JsonObject {
  return merged(target, patch) as JsonObject;
}

function merged(target: JsonValue | undefined, patch: JsonValue): JsonValue {
  if (!isJsonObject(patch)) return patch;
  const result = new Map(Object.entries(isJsonObject(target) ? target : {}));
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) result.delete(name);
    else result.set(name, merged(result.get(name), value));
  }
  return Object.fromEntries(result);
}
