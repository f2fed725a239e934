/** The text of a JSON body, within the size that a change request may have. */
import { MAX_REQUEST_BYTES } from "../../shared/change-request/parse-change-request.ts";
import { Problem } from "./problem.ts";

/** @throws {Problem} */
export async function jsonBodyText(request: Request): Promise<string> {
  const type = (request.headers.get("content-type") ?? "").split(";")[0]?.trim().toLowerCase() ?? "";
  // A body without a type is taken for what it is to be; one that says that it is something else is refused.
  if (type !== "" && type !== "application/json" && !type.endsWith("+json")) {
    throw new Problem("unsupported-media-type", "The Content-Type must be application/json");
  }
  const bytes = new Uint8Array(await request.arrayBuffer());
  if (bytes.length > MAX_REQUEST_BYTES) throw tooLarge(bytes.length);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new Problem("not-json", "The body is not UTF-8", {
      errors: [{ pointer: "", message: "must be JSON in UTF-8" }],
    });
  }
}

export function tooLarge(bytes: number): Problem {
  const message = `must have at most ${MAX_REQUEST_BYTES} bytes, all beyond ASCII as escapes; it has ${bytes}`;
  return new Problem("too-large", `The change request ${message}`, { errors: [{ pointer: "", message }] });
}
