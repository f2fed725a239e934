/** Reading the history of definitions. Writing happens in a commit only: with the mirror, in one transaction. */
import type { DefinitionKey } from "../mirror/mirror.ts";
import type { StoredVersion } from "./verify-history.ts";
import type { VersionRecord } from "./version.ts";

export interface HistoryStore {
  /** One version with its texts; `undefined` where there is none. Strongly consistent. */
  version(key: DefinitionKey, version: number): Promise<StoredVersion | undefined>;
  /** Versions in rising order from `from` on, with their texts, at most `limit`. Strongly consistent. */
  versionsFrom(key: DefinitionKey, from: number, limit: number): Promise<readonly StoredVersion[]>;
  /** Versions below `before` (all where it is absent), newest first, with their patches only. */
  versionsBefore(
    key: DefinitionKey,
    before: number | undefined,
    limit: number,
  ): Promise<readonly { record: VersionRecord; patchText: string | undefined }[]>;
}
