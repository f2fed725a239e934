/** An answer with a JSON body. */
import { stringifyJson } from "../../../shared/platform/json.ts";
import type { Answer } from "./delivery.ts";

export function jsonAnswer(status: number, value: unknown): Answer {
  return {
    status,
    headers: { "content-type": "application/json; charset=utf-8" },
    body: stringifyJson(value),
  };
}
