/** The provider key of a connection, as those see it who have to decide why it was refused. */
import type { SecretCache } from "../platform/secret-cache.ts";

export interface ConnectionKey {
  /** Which version of the secret the next calls will use. Never anything of its text. */
  version(): Promise<string>;
  /** Reads the secret anew, whatever is cached, and answers its version. */
  refresh(): Promise<string>;
}

/** The key that is the text of a secret. The provider's calls must take it from the same cache. */
export function createConnectionKey(secrets: SecretCache, arn: string): ConnectionKey {
  return {
    async version() {
      return (await secrets.get(arn)).version;
    },
    async refresh() {
      return (await secrets.get(arn, { fresh: true })).version;
    },
  };
}
