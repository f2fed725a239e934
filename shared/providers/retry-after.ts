/** How long a provider asks us to wait. */
import { httpDateAt } from "./http-date.ts";

/**
 * Milliseconds to wait from `now` (epoch ms), by `retry-after-ms` (milliseconds) or `Retry-After` (seconds or an HTTP
 * date). The former wins, as in the providers' own SDKs, because it is the finer one. A wait that is past, zero,
 * negative or garbage counts as absent, because it would make a tight loop. Not capped: that is the caller's.
 */
export function retryAfterMs(
  headers: { readonly retryAfter?: string | undefined; readonly retryAfterMs?: string | undefined },
  now: number,
): number | undefined {
  return (
    wait(decimal(headers.retryAfterMs)) ??
    wait(decimal(headers.retryAfter) * 1_000) ??
    wait((httpDateAt(headers.retryAfter?.trim() ?? "") ?? Number.NaN) - now)
  );
}

/** NaN where the text is not a plain decimal number. */
function decimal(text: string | undefined): number {
  return text !== undefined && /^\d+(\.\d+)?$/.test(text.trim()) ? Number(text) : Number.NaN;
}

function wait(ms: number): number | undefined {
  return Number.isFinite(ms) && ms > 0 ? ms : undefined;
}
