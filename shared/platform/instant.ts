/** Instants as text. */

const RFC_3339 =
  /^(\d{4})-(\d\d)-(\d\d)[Tt]([01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,9})?(?:[Zz]|[+-]([01]\d|2[0-3]):[0-5]\d)$/;

/** Epoch ms of an RFC 3339 instant with its time zone, cut to the millisecond; `undefined` for anything else. */
export function parseInstant(text: string): number | undefined {
  const [, year, month, day] = RFC_3339.exec(text) ?? [];
  const at = Date.parse(text);
  // JavaScript takes the 30th of February for the 2nd of March.
  const isRealDay =
    new Date(Date.UTC(Number(year), Number(month) - 1, Number(day))).getUTCDate() === Number(day);
  return Number.isNaN(at) || !isRealDay ? undefined : at;
}
