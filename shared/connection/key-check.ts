/** Does the provider take the key at all? Its cheapest call tells. */
import type { Connection } from "../platform/config.ts";
import type { Provider } from "../providers/provider.ts";
import { type CallFailureCode, ProviderCallError } from "../providers/provider-call-error.ts";

export type KeyVerdict =
  | { readonly kind: "works" }
  | { readonly kind: "refused" }
  /** The check got no answer that tells; `isFault`: by a fault of the provider. */
  | {
      readonly kind: "undecided";
      readonly isFault: boolean;
      readonly waitMs: number;
      readonly reason: string;
    };

const UNDECIDED_WAIT_MS = 1_000;
/** A provider may ask for any wait; longer ones than this are cut. */
const LONGEST_WAIT_MS = 600_000;

/** Being told to slow down is no fault. */
const faultless: ReadonlySet<CallFailureCode> = new Set(["rate-limited", "throttled"]);

/** @throws whatever is not a {@link ProviderCallError}: the key itself could not be read */
export async function checkKey({
  provider,
  connection,
}: {
  readonly provider: Pick<Provider, "checkKey">;
  readonly connection: Pick<Connection, "callTimeoutSeconds">;
}): Promise<KeyVerdict> {
  try {
    await provider.checkKey({ timeoutMs: connection.callTimeoutSeconds * 1_000 });
    return { kind: "works" };
  } catch (error) {
    if (!(error instanceof ProviderCallError)) throw error;
    if (error.code === "key-refused") return { kind: "refused" };
    return {
      kind: "undecided",
      isFault: !faultless.has(error.code),
      waitMs: Math.min(LONGEST_WAIT_MS, Math.max(UNDECIDED_WAIT_MS, error.retryAfterMs ?? 0)),
      reason: `key-check-${error.code}`,
    };
  }
}
