/** Secrets by ARN, read at most once per lifetime of a cached value. */
import type { Clock } from "./clock.ts";

export type Secret = {
  /** Empty where the secret holds no text (a binary one): no provider takes that for a key. */
  readonly text: string;
  /** Another one with every change of the secret; says nothing about its text. */
  readonly version: string;
};

export interface SecretStore {
  /** The secret as it is now. */
  read(arn: string): Promise<Secret>;
}

export interface SecretCache {
  /** `fresh` reads the secret anew, whatever is cached: a key that was refused may have been replaced. */
  get(arn: string, options?: { readonly fresh?: boolean }): Promise<Secret>;
}

/** Values are kept for `lifetimeMs`. A failed read is its callers' error and is not kept: the next call tries again. */
export function createSecretCache(
  store: SecretStore,
  clock: Pick<Clock, "now">,
  lifetimeMs: number,
): SecretCache {
  const cached = new Map<string, { readonly value: Promise<Secret>; readonly until: number }>();
  return {
    async get(arn, { fresh = false } = {}) {
      const known = cached.get(arn);
      if (!fresh && known !== undefined && known.until > clock.now()) return await known.value;
      // The promise is what is kept, so that calls at the same time share one read.
      const entry = { value: store.read(arn), until: clock.now() + lifetimeMs };
      cached.set(arn, entry);
      try {
        return await entry.value;
      } catch (error) {
        if (cached.get(arn) === entry) cached.delete(arn);
        throw error;
      }
    },
  };
}
