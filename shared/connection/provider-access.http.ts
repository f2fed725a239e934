/** A connection's way to its provider: the adapter, the key that its calls use, and their turns in the rate limit. */
import type { Dispatcher } from "undici";
import type { Clock } from "../platform/clock.ts";
import type { Connection } from "../platform/config.ts";
import type { Log } from "../platform/log.ts";
import type { Metrics } from "../platform/metrics.ts";
import type { Random } from "../platform/random.ts";
import type { SecretCache } from "../platform/secret-cache.ts";
import type { Provider } from "../providers/provider.ts";
import { providerFor } from "../providers/provider-for-connection.http.ts";
import { createLimiter } from "../rate-limit/create-limiter.ts";
import type { Lane } from "../rate-limit/limiter.ts";
import type { LimiterStore } from "../rate-limit/limiter-store.ts";
import { createPacer, type Pacer } from "../rate-limit/pacer.ts";
import { type ConnectionKey, createConnectionKey } from "./connection-key.ts";

export type ProviderAccess = {
  readonly connection: Connection;
  readonly provider: Provider;
  readonly key: ConnectionKey;
  readonly pacer: Pacer;
};

/** What all connections of a worker share. */
export type AccessParts = {
  readonly secrets: SecretCache;
  readonly dispatcher: Dispatcher;
  readonly rateLimits: LimiterStore;
  readonly lane: Lane;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly metrics: Metrics;
};

/** `secretArn`: of the secret whose text is the key. */
export function providerAccess(
  { secrets, dispatcher, rateLimits, lane, ...parts }: AccessParts,
  connection: Connection,
  secretArn: string,
): ProviderAccess {
  const { clock } = parts;
  return {
    connection,
    provider: providerFor(connection, {
      apiKey: async () => (await secrets.get(secretArn)).text,
      dispatcher,
      clock,
    }),
    key: createConnectionKey(secrets, secretArn),
    pacer: createPacer({
      limiter: createLimiter({ ...parts, store: rateLimits }, connection),
      clock,
      lane,
      callTimeoutMs: connection.callTimeoutSeconds * 1_000,
    }),
  };
}
