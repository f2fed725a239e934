/** Dates in HTTP headers. */

const imfFixdate = /^(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/;

/**
 * Epoch ms of an IMF-fixdate, the only form that RFC 9110 allows senders. `undefined` for anything else: `Date.parse`
 * alone would take "maybe 2030" for a date.
 */
export function httpDateAt(text: string): number | undefined {
  const at = imfFixdate.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(at) ? undefined : at;
}
