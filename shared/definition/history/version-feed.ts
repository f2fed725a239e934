/** The versions of all definitions in the order in which they were recorded. */
import type { DefinitionKey } from "../mirror/mirror.ts";
import type { ChangeSource, ChangeType } from "./version.ts";

/** What a version has to be; absent members: anything. */
export type FeedFilter = {
  readonly connection?: string;
  readonly definitionId?: string;
  readonly changeType?: ChangeType;
  readonly source?: ChangeSource;
  readonly requestId?: string;
  readonly reference?: string;
  /** Claimed or authenticated. */
  readonly actor?: string;
};

/** After this version. Opaque to everybody else. */
export type FeedPosition = string;

export type FeedEntry = DefinitionKey & { readonly version: number; readonly position: FeedPosition };

export type FeedPage = {
  readonly entries: readonly FeedEntry[];
  /** Where it goes on; absent at the end. A page may be short, or empty, and still not be the last one. */
  readonly next?: FeedPosition;
};

export interface VersionFeed {
  /**
   * Versions that were recorded from `from` to `to` (epoch ms, both included), newest first. It looks through a limited
   * part of the history at a time, so that a filter that hardly anything fits does not take for ever. A moment behind.
   */
  list(
    range: { readonly from: number; readonly to: number },
    filter: FeedFilter,
    after: FeedPosition | undefined,
    limit: number,
  ): Promise<FeedPage>;
}
