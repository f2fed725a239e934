/** What makes the common simulator that of one provider: its switches, its data, its routes and its words. */
import type { JsonObject, JsonValue } from "../../../shared/platform/json.ts";
import type { CommonSwitches } from "./common-switches.ts";
import type { Answer } from "./delivery.ts";
import type { ListFault } from "./fault.ts";
import type { CommonEdit, EditTiming } from "./outside-edit.ts";
import type { DocumentKind, SimulatedWorkspace, WorkspaceParts } from "./simulated-workspace.ts";
import type { SimulatorClock } from "./simulator-clock.ts";
import type { WorkspaceSeed } from "./workspace-seed.ts";

/** The types in which one provider's simulator differs from another's. `…Input`: as a caller writes it. */
export type SimulatorTypes = {
  readonly switches: CommonSwitches;
  readonly workspace: SimulatedWorkspace<SimulatorTypes["seed"]>;
  readonly seed: WorkspaceSeed;
  readonly seedInput: { readonly id: string };
  /** An API key belongs to one workspace. */
  readonly key: { readonly workspace: string };
  readonly keyInput: { readonly workspace: string };
  readonly edit: EditTiming & { readonly action: string };
  readonly editInput: object;
  /** What the answer of a list was made of, so that a fault can break it. */
  readonly list: object;
};

/** A schema, as zod's are. */
export type Schema<T> = { parse(value: unknown): T };

export type SimulatedProvider<T extends SimulatorTypes> = {
  /** What stands before the paths in the provider's base URL: `""` or `/v2`. Routes name it. */
  readonly basePath: string;
  readonly switches: Schema<T["switches"]>;
  readonly seed: Schema<T["seed"]>;
  readonly key: Schema<T["key"]>;
  readonly edit: Schema<T["edit"]>;
  readonly documents: DocumentKind;
  readonly emptyWorkspace: T["seedInput"];
  /** The id of the n-th definition (from 1) that a workspace creates; differs between workspaces. */
  newId(workspaceId: string, ordinal: number): string;
  createWorkspace(seed: T["seed"], parts: WorkspaceParts): T["workspace"];
  readonly routes: readonly Route<T>[];
  /** The body of an error, with the provider's own words where none are given. */
  errorAnswer(status: number, message: string | undefined, switches: T["switches"]): Answer;
  /** The body of a list's page as a fault leaves it. */
  brokenPage(fault: ListFault, list: T["list"], context: ListContext<T>): unknown;
  /** What the server adds to a new definition. `stamp`: epoch ms. */
  newDocument(members: JsonObject, id: string, stamp: number, switches: T["switches"]): JsonObject;
  /** The document with this modification time. */
  stamped(document: JsonObject, stamp: number, switches: T["switches"]): JsonObject;
  /** What a client's DELETE leaves of a definition; `undefined`: nothing. */
  deleted(document: JsonObject, stamp: number, switches: T["switches"]): JsonObject | undefined;
  /** The member that holds the name. */
  readonly nameMember: string;
  /** Carries out an edit that is not of the {@link CommonEdit}s. @throws {OutsideEditError} */
  change(
    account: AccountState<T>,
    workspace: T["workspace"],
    edit: OwnEdit<T>,
  ): { definitionId: string } | undefined;
};

/** What an outside edit works on. */
export type AccountState<T extends SimulatorTypes> = {
  readonly provider: SimulatedProvider<T>;
  readonly clock: Pick<SimulatorClock, "now">;
  readonly switches: T["switches"];
  readonly workspaces: ReadonlyMap<string, T["workspace"]>;
  /** What a write is stamped with now. */
  stamp(): number;
  addWorkspace(seed: unknown): T["workspace"];
  setKey(secret: string, key: unknown): void;
  /** To be called after changes of anything but definitions. */
  save(): void;
};

/** The edits that a provider has for itself. */
export type OwnEdit<T extends SimulatorTypes> = Exclude<T["edit"], { readonly action: CommonEdit["action"] }>;

export type ListContext<T extends SimulatorTypes> = {
  readonly query: URLSearchParams;
  readonly switches: T["switches"];
};

export type Route<T extends SimulatorTypes> = {
  readonly method: string;
  /** `{id}` stands for one percent-encoded path segment, at the end. */
  readonly template: string;
  readonly plan: (context: CallContext<T>) => Plan<T["list"]>;
};

export type CallContext<T extends SimulatorTypes> = {
  readonly workspace: T["workspace"];
  readonly key: T["key"];
  readonly switches: T["switches"];
  /** Epoch ms on the simulator's clock. */
  readonly now: number;
  /** What a write is stamped with: epoch ms on the server's clock, in its resolution. */
  readonly stamp: number;
  /** The decoded id of the path, empty for paths without. */
  readonly id: string;
  readonly query: URLSearchParams;
  /** Absent where the body is not JSON; `{}` where there was none. */
  readonly body?: JsonValue;
  readonly bodyBytes: number;
};

/** How a request is answered: planned first, then applied and delivered. */
export type Plan<List = object> = {
  readonly answer: Answer;
  /** The effect: the new document, or none for a deletion. */
  readonly write?: { readonly definitionId: string; readonly document?: JsonObject };
  readonly list?: List;
};
