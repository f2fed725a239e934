/** How long to wait before the next try. */

/**
 * Exponential backoff with full jitter: evenly between nothing and `baseMs` doubled per try, at most `capMs`.
 * `tries` counts from 0, `fraction` is random in [0, 1).
 */
export function backoffMs(tries: number, baseMs: number, capMs: number, fraction: number): number {
  // 2^30 is far above any cap; a larger exponent would only lose precision.
  const ceiling = Math.min(capMs, baseMs * 2 ** Math.min(30, Math.max(0, tries)));
  return Math.round(ceiling * fraction);
}
