/** Ids and scopes in the paths and queries of calls. */
import { ProviderCallError } from "./provider-call-error.ts";

/**
 * An id as a path segment. `.` and `..` would be another path, and an id that is not Unicode has no encoding.
 * @throws {ProviderCallError} `invalid-request`
 */
export function pathSegment(id: string): string {
  if (id === "" || id === "." || id === ".." || !id.isWellFormed()) throw notSendable();
  return encodeURIComponent(id);
}

/** No request can name this id or scope: the provider cannot have it. */
export function notSendable(): ProviderCallError {
  return new ProviderCallError({ code: "invalid-request" });
}
