/** What is recorded of many definitions at once, to be compared with a list. */
import type { Mirror } from "./mirror.ts";

/** A definition as its scope's index shows it. */
export type KnownDefinition = Pick<
  Mirror,
  "definitionId" | "version" | "deleted" | "scope" | "contentHash" | "listRowHash" | "missingSince"
>;

export interface KnownDefinitions {
  /**
   * All definitions of a scope, deleted ones too, as its index shows them: cheap, and a moment behind the mirrors, so
   * that what differs has to be looked up there.
   */
  inScope(connection: string, scope: string): Promise<readonly KnownDefinition[]>;
  /** Living definitions of a connection, at most `limit`: those that were seen first. Strongly consistent. */
  living(connection: string, limit: number): Promise<readonly Mirror[]>;
  /** The mirrors of these ids; ids without a history are left out. Strongly consistent. */
  mirrors(connection: string, ids: readonly string[]): Promise<ReadonlyMap<string, Mirror>>;
}
