/** What a request's text must not contain, whatever its fields: things that would be lost or changed on the way. */
import { pointerOf } from "../../definition/document/json-pointer.ts";
import { isJsonArray, isJsonObject, type JsonValue } from "../../platform/json.ts";
import type { Fault } from "../../providers/provider.ts";

/** Deeper than any provider's definition; the provider would not take it. */
const MAX_REQUEST_DEPTH = 64;
const MAX_FAULTS = 20;

export function textFaults(body: string, json: JsonValue): readonly Fault[] {
  const faults: Fault[] = [];
  if (body.includes("\ufffd")) {
    faults.push({
      pointer: "",
      message:
        "contains the raw character U+FFFD, which SQS and decoders put in place of what they could not keep; " +
        "write it as \\ufffd if it is meant",
    });
  }
  collect(json, [], faults);
  return faults;
}

function collect(value: JsonValue, path: readonly (string | number)[], faults: Fault[]): void {
  if (faults.length >= MAX_FAULTS) return;
  const add = (message: string) => faults.push({ pointer: pointerOf(path), message });
  if (path.length > MAX_REQUEST_DEPTH) {
    add(`nests deeper than ${MAX_REQUEST_DEPTH} levels`);
    return;
  }
  if (typeof value === "string" && !value.isWellFormed())
    add("contains half of a character (a lone surrogate)");
  if (isJsonArray(value)) {
    for (const [index, member] of value.entries()) collect(member, [...path, index], faults);
  } else if (isJsonObject(value)) {
    for (const [name, member] of Object.entries(value)) {
      if (name === "__proto__") {
        faults.push({ pointer: pointerOf([...path, name]), message: "is not a possible member name" });
      } else if (!name.isWellFormed()) {
        faults.push({
          pointer: pointerOf(path),
          message: "has a member name with half of a character (a lone surrogate)",
        });
      } else collect(member, [...path, name], faults);
    }
  }
}
