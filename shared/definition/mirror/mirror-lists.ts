/**
 * Lists of mirrors, in the order in which the definitions were first seen. That order never changes, so pages never
 * repeat or skip.
 */
import type { Mirror } from "./mirror.ts";

export type MirrorFilter = {
  /** Part of the name, in any case of its letters. */
  readonly name?: string;
  /** Deleted definitions are left out unless this is set. */
  readonly withDeleted?: boolean;
};

/** After this definition: its key in the order. Opaque to everybody else. */
export type MirrorPosition = string;

export type MirrorPage = {
  readonly mirrors: readonly Mirror[];
  /** Where the next page starts; absent on the last one. */
  readonly next?: MirrorPosition;
};

export interface MirrorLists {
  /** The definitions of a connection, or of one of its scopes; reads on until the page is full. */
  list(
    of: { readonly connection: string; readonly scope?: string },
    filter: MirrorFilter,
    after: MirrorPosition | undefined,
    limit: number,
  ): Promise<MirrorPage>;
}
