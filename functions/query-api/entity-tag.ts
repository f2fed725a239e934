/** The entity tag of a definition is its version: `"12"`. */

export function etagOf(version: number): string {
  return `"${version}"`;
}

/** Does an `If-None-Match` header name this version? Weak tags count: the comparison is the weak one (RFC 9110). */
export function namesVersion(ifNoneMatch: string | undefined, version: number): boolean {
  if (ifNoneMatch === undefined) return false;
  const tags = ifNoneMatch.split(",").map((tag) => tag.trim().replace(/^W\//, ""));
  return tags.includes("*") || tags.includes(etagOf(version));
}

/** The version that an `If-Match` header names; `undefined` for anything but one strong tag of ours. */
export function versionOfTag(ifMatch: string): number | undefined {
  const digits = /^"(0|[1-9]\d{0,9})"$/.exec(ifMatch.trim())?.[1];
  return digits === undefined ? undefined : Number(digits);
}
