/** What a provider says about its rate limit besides refusing calls: the IETF's `RateLimit` header. */

export type RateLimitNews = {
  /** Calls that are left. */
  readonly remaining: number;
  /** Milliseconds until there are more. */
  readonly resetMs: number;
};

/** One policy of a list (RFC 9651): a quoted name with parameters. */
const parameter = String.raw`[ ]*;[ ]*[a-z*][a-z0-9_.*-]*(?:=(?:"(?:[^"\\]|\\["\\])*"|[A-Za-z0-9*:?!#$%&'+./=^_\x60|~@-]+))?`;
const policy = String.raw`"(?:[^"\\]|\\["\\])*"(?:${parameter})*`;
const policyList = new RegExp(String.raw`^[ ]*${policy}(?:[ \t]*,[ \t]*${policy})*[ ]*$`);
const LONGEST_HEADER = 4_096;

/**
 * Reads `"default";r=50;t=30` (draft-ietf-httpapi-ratelimit-headers): of several policies the one that has the fewest
 * calls left, and of those the one that takes longest. `undefined` where a policy does not say both, and for anything
 * broken: it is a hint, and its absence costs nothing.
 */
export function rateLimitNews(header: string | undefined): RateLimitNews | undefined {
  if (header === undefined || header.length > LONGEST_HEADER || !policyList.test(header)) return undefined;
  const policies = [...header.matchAll(new RegExp(policy, "g"))].map(([text]) => newsOf(text));
  return policies
    .filter((news) => news !== undefined)
    .toSorted((a, b) => a.remaining - b.remaining || b.resetMs - a.resetMs)[0];
}

function newsOf(text: string): RateLimitNews | undefined {
  // Whatever stands in quotes is no parameter.
  const parameters = text.replace(/"(?:[^"\\]|\\["\\])*"/g, '""');
  const remaining = wholeNumber(parameters, "r");
  const seconds = wholeNumber(parameters, "t");
  return remaining === undefined || seconds === undefined
    ? undefined
    : { remaining, resetMs: seconds * 1_000 };
}

/** The last one counts, as for all structured fields. */
function wholeNumber(parameters: string, name: string): number | undefined {
  const values = [...parameters.matchAll(/;[ ]*([a-z*][a-z0-9_.*-]*)(?:=([^;, ]*))?/g)]
    .filter(([, key]) => key === name)
    .map(([, , value]) => value ?? "");
  const last = values.at(-1);
  return last !== undefined && /^\d{1,12}$/.test(last) ? Number(last) : undefined;
}
