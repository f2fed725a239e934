/**
 * Ids and scopes in paths. API Gateway decodes a path before anybody sees it: an encoded slash would separate and an
 * encoded question mark would end it. An id with such characters is written `b64.` and base64url of its UTF-8 bytes.
 */

/** What goes through every client and gateway as it is. */
const PLAIN = /^[A-Za-z0-9._~:-]+$/;
const MARK = "b64.";

export function pathSegment(text: string): string {
  // Clients resolve the dots away.
  const isPlain = PLAIN.test(text) && !text.startsWith(MARK) && text !== "." && text !== "..";
  return isPlain ? text : `${MARK}${Buffer.from(text, "utf8").toString("base64url")}`;
}

/** The text of a (percent-decoded) segment; `undefined` where what follows the mark is not base64url of UTF-8. */
export function textOfSegment(segment: string): string | undefined {
  if (!segment.startsWith(MARK)) return segment;
  const encoded = segment.slice(MARK.length);
  const text = Buffer.from(encoded, "base64url").toString("utf8");
  // The decoder skips what it does not know, and so would make two paths of one.
  return encoded !== "" && Buffer.from(text, "utf8").toString("base64url") === encoded ? text : undefined;
}

export function definitionPath(connection: string, definitionId: string): string {
  return `/connections/${pathSegment(connection)}/definitions/${pathSegment(definitionId)}`;
}

export function reconciliationPath(runId: string): string {
  return `/reconciliations/${pathSegment(runId)}`;
}

export function changeRequestPath(connection: string, requestId: string): string {
  return `/change-requests/${pathSegment(requestId)}?connection=${encodeURIComponent(connection)}`;
}
