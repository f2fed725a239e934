/** A provider whose calls keep within the connection's rate limit, and tell the limiter what the answers say about it. */
import type { Clock } from "../platform/clock.ts";
import type { Answer, CallOptions, Provider } from "../providers/provider.ts";
import { ProviderCallError } from "../providers/provider-call-error.ts";
import type { CallSlots } from "./call-slots.ts";
import type { Limiter, LimitNews } from "./limiter.ts";

export type Pace = {
  readonly slots: CallSlots;
  readonly limiter: Pick<Limiter, "learn">;
  readonly clock: Pick<Clock, "now">;
  /** Epoch ms at which every call must have ended. */
  readonly endsAt: number;
};

/**
 * A read waits for its slot, within its own time and beyond it; a write's slot is waited for before its intent is
 * written (`CallSlots.beforeWrite`), so that its deadline stands.
 * @throws {ProviderCallError} `throttled` where no slot is near: the call was not sent
 */
export function pacedProvider(provider: Provider, pace: Pace): Provider {
  const read = async <T>(options: CallOptions, call: (options: CallOptions) => Promise<Answer<T>>) => {
    await pace.slots.beforeRead();
    return await told(pace, () => call(withinReach(options, pace)));
  };
  const write = async <T>(call: () => Promise<Answer<T>>) => {
    await pace.slots.atWrite();
    try {
      const answer = await told(pace, call, { tooNear: pace.slots.isWriteTooNear });
      pace.slots.writeAnswered({ isRefused: false });
      return answer;
    } catch (error) {
      const isRefused = error instanceof ProviderCallError && error.code === "rate-limited";
      pace.slots.writeAnswered({ isRefused });
      throw error;
    }
  };
  return {
    dialect: provider.dialect,
    get: (id, options) => read(options, (inTime) => provider.get(id, inTime)),
    list: (scope, cursor, options) => read(options, (inTime) => provider.list(scope, cursor, inTime)),
    listScopes: (cursor, options) => read(options, (inTime) => provider.listScopes(cursor, inTime)),
    checkKey: (options) => read(options, (inTime) => provider.checkKey(inTime)),
    create: (body, options) => write(() => provider.create(body, options)),
    update: (id, body, options) => write(() => provider.update(id, body, options)),
    delete: (id, options) => write(() => provider.delete(id, options)),
  };
}

/** The wait for the slot may have used up what the call was to take. */
function withinReach({ timeoutMs }: CallOptions, { clock, endsAt }: Pace): CallOptions {
  return { timeoutMs: Math.max(1, Math.min(timeoutMs, endsAt - clock.now())) };
}

async function told<T>(
  { limiter }: Pace,
  call: () => Promise<Answer<T>>,
  ifRejected: Pick<LimitNews, "tooNear"> = {},
): Promise<Answer<T>> {
  try {
    const answer = await call();
    await limiter.learn({ rejected: false, ...answer.receipt.limit });
    return answer;
  } catch (error) {
    if (error instanceof ProviderCallError && error.receipt !== undefined) {
      const { code, receipt, retryAfterMs } = error;
      const rejected = code === "rate-limited";
      await limiter.learn({
        rejected,
        ...(rejected && ifRejected),
        ...receipt.limit,
        ...(retryAfterMs !== undefined && { retryAfterMs }),
      });
    }
    throw error;
  }
}
