/** Bodies in JSON, within the size that a change request may have. */
import type * as z from "zod/mini";
import { MAX_REQUEST_BYTES } from "../../shared/change-request/submission/parse-change-request.ts";
import { pointerOf, storedPointer } from "../../shared/definition/document/json-pointer.ts";
import {
  isJsonObject,
  JsonTextError,
  type JsonValue,
  parseJson,
  withPlainNumbers,
} from "../../shared/platform/json.ts";
import { schemaFaultsOf } from "../../shared/platform/schema-fault.ts";
import { Problem } from "./problem.ts";

/**
 * A body that is ours alone, as the schema reads it; no body is an empty object.
 * @throws {Problem} that names everything that is wrong
 */
export async function jsonBodyOf<Schema extends z.ZodMiniType>(
  request: Request,
  schema: Schema,
): Promise<z.output<Schema>> {
  const text = await jsonBodyText(request);
  const parsed = schema.safeParse(withPlainNumbers(jsonObject(text === "" ? "{}" : text)), {
    reportInput: true,
  });
  if (parsed.success) return parsed.data;
  const errors = parsed.error.issues
    .flatMap(schemaFaultsOf)
    .map(({ path, message }) => ({ pointer: storedPointer(pointerOf(path)), message }));
  throw new Problem("invalid-request", "The body has faults; nothing was changed", { errors });
}

function jsonObject(text: string): JsonValue {
  try {
    const json = parseJson(text);
    if (isJsonObject(json)) return json;
  } catch (error) {
    if (!(error instanceof JsonTextError)) throw error;
  }
  throw new Problem("not-json", "The body is not a JSON object", {
    errors: [{ pointer: "", message: "must be a JSON object" }],
  });
}

/** @throws {Problem} */
export async function jsonBodyText(request: Request): Promise<string> {
  const type = (request.headers.get("content-type") ?? "").split(";")[0]?.trim().toLowerCase() ?? "";
  // A body without a type is taken for what it is to be; one that says that it is something else is refused.
  if (type !== "" && type !== "application/json" && !type.endsWith("+json")) {
    throw new Problem("unsupported-media-type", "The Content-Type must be application/json");
  }
  const bytes = new Uint8Array(await request.arrayBuffer());
  if (bytes.length > MAX_REQUEST_BYTES) {
    throw tooLarge("The body", `must have at most ${MAX_REQUEST_BYTES} bytes; it has ${bytes.length}`);
  }
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new Problem("not-json", "The body is not UTF-8", {
      errors: [{ pointer: "", message: "must be JSON in UTF-8" }],
    });
  }
}

/** `bytes`: of the message that the change request would be, in which all beyond ASCII is written as escapes. */
export function changeRequestTooLarge(bytes: number): Problem {
  const limit = `must have at most ${MAX_REQUEST_BYTES} bytes, all beyond ASCII as escapes`;
  return tooLarge("The change request", `${limit}; it has ${bytes}`);
}

function tooLarge(what: string, message: string): Problem {
  return new Problem("too-large", `${what} ${message}`, { errors: [{ pointer: "", message }] });
}
