/**
 * The port to a provider of test case definitions. Adapters translate one HTTP call each: one attempt, an own
 * deadline that covers the body, no redirects followed, every failure a {@link ProviderCallError}.
 * What the rest of the domain must know about a provider is data and pure functions: its {@link Dialect}.
 */
import type { JsonObject } from "../platform/json.ts";

/** A provider's own point in time: as it wrote it, and as epoch milliseconds. */
export type ProviderTimestamp = { readonly raw: string | number; readonly at: number };

/** A definition as a provider answered it. */
export type ObservedDefinition = {
  readonly definitionId: string;
  /** The JSON text as it came, unknown members included. */
  readonly text: string;
  /** The same, parsed. */
  readonly value: JsonObject;
  readonly modified?: ProviderTimestamp;
  readonly created?: ProviderTimestamp;
  /** The provider keeps deleted definitions and marks them (soft delete). */
  readonly deleted: boolean;
};

/** What a write was answered with. Providers need not show the whole definition: then it is read back. */
export type WrittenDefinition = ObservedDefinition | { readonly definitionId: string };

/** What is worth remembering of a call that was answered. */
export type Receipt = {
  readonly status: number;
  readonly durationMs: number;
  /** The provider's own request id, where it sends one. */
  readonly requestId?: string;
  /** What the answer says about the provider's rate limit. */
  readonly limit?: { readonly remaining: number; readonly resetMs: number };
  /** How far the provider's clock is ahead of ours: its `Date` header against the moment in which the answer began. */
  readonly clockAheadMs?: number;
};

export type Answer<T> = { readonly body: T; readonly receipt: Receipt };

export type ListPage = {
  readonly definitions: readonly ObservedDefinition[];
  /** What the page shows of other scopes, where the provider's list is of all of them anyway. */
  readonly elsewhere?: readonly ObservedDefinition[];
  /** Pass it back for the next page; absent on the last one. */
  readonly nextCursor?: string;
};

export type ScopePage = {
  readonly scopes: readonly string[];
  /** Pass it back for the next page; absent on the last one. */
  readonly nextCursor?: string;
};

export type CallOptions = {
  /** The whole call, body included, ends after this many milliseconds. */
  readonly timeoutMs: number;
};

export interface Provider {
  readonly dialect: Dialect;
  get(definitionId: string, options: CallOptions): Promise<Answer<ObservedDefinition>>;
  /** One page of the definitions of a scope. */
  list(scope: string, cursor: string | undefined, options: CallOptions): Promise<Answer<ListPage>>;
  /** One page of the scopes that the provider has now. A scope may be on several pages. */
  listScopes(cursor: string | undefined, options: CallOptions): Promise<Answer<ScopePage>>;
  create(body: JsonObject, options: CallOptions): Promise<Answer<WrittenDefinition>>;
  /** `body` comes from {@link Dialect.updateBody}. */
  update(definitionId: string, body: JsonObject, options: CallOptions): Promise<Answer<WrittenDefinition>>;
  delete(definitionId: string, options: CallOptions): Promise<Answer<undefined>>;
  /** The cheapest call that tells whether the key works, and for which workspace where the provider says so. */
  checkKey(options: CallOptions): Promise<Answer<{ readonly workspace: string | undefined }>>;
}

/** A member that the provider keeps for itself: never content, never patched, never sent. */
export type BookkeepingPath = {
  /** Member names from the top of the document. */
  readonly path: readonly string[];
  /** The members below `path` that are content nevertheless; without it the whole member is bookkeeping. */
  readonly except?: readonly string[];
};

/** What is wrong with a definition or a patch, by RFC 6901 pointer. Never quotes customers' text. */
export type Fault = { readonly pointer: string; readonly message: string };

export type RestoreOptions = {
  /** The engine's version stays the live one, where both contents name the same engine. */
  readonly keepEngineVersion: boolean;
};

/** What the domain must know about a provider, without any I/O. */
export interface Dialect {
  readonly provider: string;
  readonly bookkeeping: readonly BookkeepingPath[];
  /** Top-level members whose value the provider may replace by its own choice (retired model names). */
  readonly rewriteSet: readonly string[];
  /** `complete`: an update carries the whole definition; `changed`: only the members that differ. */
  readonly updateSends: "complete" | "changed";
  /**
   * What a 401, 402 or 403 means when the key check has passed. `rejected`: the provider refuses this request, and
   * would refuse it again. `writes-paused`: it refuses what every write needs (a permission of the key, a paid plan),
   * so that all writes wait until one passes.
   */
  readonly refusalWithWorkingKey: "rejected" | "writes-paused";
  /** The scope of a definition's content; one per definition. Unknown kinds have a scope as well. */
  scopeOf(content: JsonObject): string;
  nameOf(content: JsonObject): string;
  /**
   * Faults of a definition that shall be created or replaced, before anything is sent. `recreate`: of what
   * {@link recreateBody} makes; the provider itself once held it, so only what cannot be sent at all counts.
   */
  definitionFaults(definition: JsonObject, operation: "create" | "replace" | "recreate"): readonly Fault[];
  /** Faults of the members `touched` in a wanted definition (untouched ones pass as the provider gave them). */
  memberFaults(wanted: JsonObject, touched: ReadonlySet<string>): readonly Fault[];
  /**
   * What no update can express of the way from `base` to `wanted`, both content: members that are fixed at creation,
   * that cannot be cleared, or that the provider alone sets. Asked of every edit, restores included, because what the
   * provider once held need not be what it takes.
   */
  updateFaults(base: JsonObject, wanted: JsonObject): readonly Fault[];
  /**
   * May the provider itself have put into the scope `other` what a create was to make in `scope`? Only where its lists
   * show `elsewhere`.
   */
  createMayLandIn(scope: string, other: string): boolean;
  /** What is wrong with the name of a scope that shall be listed, and what would be right; `undefined`: nothing. */
  scopeFault(scope: string): string | undefined;
  /** What is wrong with an id that a request names; `undefined`: nothing. Ids are opaque unless a provider says more. */
  definitionIdFault(definitionId: string): string | undefined;
  /**
   * The content that replaces `live` with what a `replace` names: live members that the provider alone knows, and
   * optional ones that are left out, stay as they are.
   */
  replacedContent(live: JsonObject, definition: JsonObject): JsonObject;
  /**
   * The content that a restore brings back. Members that the provider itself has come to have, lost or changed since,
   * and that no update could set or remove, stay as they are live.
   */
  restoredContent(restored: JsonObject, live: JsonObject, options: RestoreOptions): JsonObject;
  /**
   * `wanted` as the provider will show it: where it clears a member instead of removing it, a member of `live` that
   * `wanted` leaves out is null.
   */
  withClearedMembers(wanted: JsonObject, live: JsonObject): JsonObject;
  /** The top-level members of a body that the provider's documents do not know. */
  unknownMembers(body: JsonObject): readonly string[];
  /**
   * The body that creates this definition: what was given, nothing invented, in the names in which the provider
   * answers it. (Where it takes a member under another name, its adapter renames it on the way out.)
   */
  createBody(definition: JsonObject): JsonObject;
  /** The body that creates anew what a recorded document holds; what a connection ignores comes back as well. */
  recreateBody(document: JsonObject): JsonObject;
  /**
   * The body that turns `base` into `wanted`, both content without bookkeeping. It may hold bookkeeping members: where
   * an update is complete, what a connection ignores is sent back as it stands in `live`, the whole live document.
   */
  updateBody(definitionId: string, base: JsonObject, wanted: JsonObject, live?: JsonObject): JsonObject;
}
