/**
 * What the conformance kit needs of a provider: its simulator, and what only this provider knows (a definition that it
 * takes, the names of its members, its own ways of listing wrongly). The kit itself knows no provider.
 */
import type { Effect } from "../../../../infra/local/simulators/effects-log.ts";
import type { FaultInput } from "../../../../infra/local/simulators/fault.ts";
import type { LoggedRequest } from "../../../../infra/local/simulators/request-log.ts";
import type { Connection } from "../../../../shared/platform/config.ts";
import type { JsonObject } from "../../../../shared/platform/json.ts";
import type { ProviderTimestamp } from "../../../../shared/providers/provider.ts";

/** Starts the provider's simulator; each check gets one that was {@link SimulatedAccount.reset}. */
export type ProviderHarness = () => Promise<SimulatedAccount>;

/** An account at the simulated provider. */
export type SimulatedAccount = {
  /** Its base URL is the simulator's. */
  readonly connection: Connection;
  /** The key that the simulator accepts. */
  readonly apiKey: string;
  /** Two scopes that exist and are empty. */
  readonly scopes: readonly [string, string];
  /** Scopes that this provider cannot have: other providers' ones, and names that no request can carry. */
  readonly foreignScopes: readonly string[];
  /** As the key check tells it; absent where the provider does not say. */
  readonly workspace?: string;
  /** What a create request of a user holds; it leads to the first scope. */
  definition(name: string): JsonObject;
  readonly members: {
    readonly id: string;
    /** Texts that every update may change. */
    readonly name: string;
    readonly prompt: string;
    readonly modified: string;
    readonly created: string;
  };
  /** More definitions than one page of the list holds, where the list has pages. */
  readonly manyDefinitions: { readonly count: number; readonly pages: number };
  /** Lists that a client must not take for complete, by what is wrong with them. */
  readonly lyingPages: Readonly<Record<string, Pick<FaultInput, "list" | "answer">>>;
  /** Calls that the provider may answer with no body at all: what they did is read back. */
  readonly emptyAnswers?: readonly string[];
  /** Which requests are those of a scope's list. */
  readonly listPath: string;

  /** Epoch ms, on the simulator's clock. */
  now(): number;
  pass(ms: number): void;
  /** The timestamp that the simulator writes for an instant. */
  timestamp(at: number): ProviderTimestamp;

  /**
   * A colleague's doing. `members` come on top of {@link definition}, in the names in which the provider answers, and
   * may be ones that nobody documents.
   */
  createOutside(name: string, members?: JsonObject): string;
  /** `undefined` removes a member. The modification time does not advance. */
  writeOutside(definitionId: string, member: string, value: JsonObject[string] | undefined): void;
  editOutside(definitionId: string, set: JsonObject): void;
  moveOutside(definitionId: string, scope: string): void;
  /** As the provider holds it, bookkeeping included; absent once it is deleted, or marked so. */
  stored(definitionId: string): JsonObject | undefined;

  addFault(fault: FaultInput): void;
  clearFaults(): void;
  requests(): readonly LoggedRequest[];
  effects(): readonly Effect[];
  reset(): void;
  close(): Promise<void>;
};
