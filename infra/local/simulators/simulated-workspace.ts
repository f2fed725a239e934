/**
 * The definitions of one simulated workspace. A definition keeps its recent states, because reads may lag behind
 * writes; every change goes through {@link SimulatedWorkspace.store}, which reports its effect.
 */
import { type JsonObject, stringifyJson } from "../../../shared/platform/json.ts";
import type { Effect, EffectCause } from "./effects-log.ts";
import type { WorkspaceSeed } from "./workspace-seed.ts";

/** How a provider's documents are to be read. */
export type DocumentKind = {
  /** @throws where it has none */
  idOf(document: JsonObject): string;
  /** Epoch ms. */
  createdAtOf(document: JsonObject): number | undefined;
  /** What it is listed by. */
  scopeOf(document: JsonObject): string;
  /** Is it kept, and only marked as deleted? */
  isDeleted(document: JsonObject): boolean;
};

/** A definition from one instant on; without a document it does not exist. */
type State = { readonly at: number; readonly document?: JsonObject; readonly text?: string };

type StoredDefinition = { readonly id: string; readonly createdAt: number; states: readonly State[] };

/** A definition with its place in lists: by creation time, then id. */
export type Row = { readonly id: string; readonly createdAt: number; readonly document: JsonObject };

export type EffectReport = Omit<Effect, "number" | "at" | "serverAt" | "workspace">;

/** What a workspace is given by the simulator. */
export type WorkspaceParts = {
  /** The id of the n-th definition (from 1) that a workspace creates. */
  readonly newId: (workspaceId: string, ordinal: number) => string;
  readonly report: (effect: EffectReport) => void;
};

/** Reads never lag longer (the switches' upper bound), so older states can go. */
const LONGEST_LAG_MS = 600_000;

export abstract class SimulatedWorkspace<Seed = unknown> {
  readonly id: string;
  readonly #kind: DocumentKind;
  readonly #definitions = new Map<string, StoredDefinition>();
  readonly #newId: (ordinal: number) => string;
  readonly #report: (effect: EffectReport) => void;
  #issuedIds: number;

  constructor({ id, definitions, issuedIds }: WorkspaceSeed, kind: DocumentKind, parts: WorkspaceParts) {
    this.id = id;
    this.#kind = kind;
    this.#newId = (ordinal) => parts.newId(id, ordinal);
    this.#report = parts.report;
    this.#issuedIds = issuedIds;
    for (const document of definitions) this.#push(kind.idOf(document), Number.NEGATIVE_INFINITY, document);
  }

  /** Everything that a restart must find again. */
  abstract toSeed(): Seed;

  /** How many ids were handed out. */
  get issuedIds(): number {
    return this.#issuedIds;
  }

  /** A definition id that was never used here. */
  issueId(): string {
    let id: string;
    do {
      this.#issuedIds += 1;
      id = this.#newId(this.#issuedIds);
    } while (this.#definitions.has(id));
    return id;
  }

  /** The definition as it is, or as it was at an instant (epoch ms). */
  definition(id: string, at = Number.POSITIVE_INFINITY): JsonObject | undefined {
    return stateAt(this.#definitions.get(id), at)?.document;
  }

  /** Every definition, or those of one scope, as they are or as they were at an instant; oldest first. */
  rows({ scope, at = Number.POSITIVE_INFINITY }: { scope?: string; at?: number } = {}): readonly Row[] {
    const rows: Row[] = [];
    for (const definition of this.#definitions.values()) {
      const document = stateAt(definition, at)?.document;
      if (document !== undefined && (scope === undefined || this.#kind.scopeOf(document) === scope)) {
        rows.push({ id: definition.id, createdAt: definition.createdAt, document });
      }
    }
    return rows.sort(byCreation);
  }

  /** Creates, replaces or (without a document) deletes a definition at the instant `at`. */
  store(id: string, document: JsonObject | undefined, at: number, cause: EffectCause): void {
    const before = stateAt(this.#definitions.get(id), Number.POSITIVE_INFINITY);
    const after = this.#push(id, at, document);
    this.#report({
      definitionId: id,
      kind: this.#kindOf(before, after),
      ...(before?.text === undefined ? {} : { before: before.text }),
      ...(after.text === undefined ? {} : { after: after.text }),
      cause,
    });
  }

  #push(id: string, at: number, document: JsonObject | undefined): State {
    const state: State = {
      at,
      ...(document === undefined ? {} : { document, text: stringifyJson(document) }),
    };
    const known = this.#definitions.get(id);
    const states = [...(known?.states ?? []), state];
    // The last state that is old enough for every lag stays, those before it cannot be seen again.
    const firstNeeded = states.findLastIndex((earlier) => earlier.at <= at - LONGEST_LAG_MS);
    const createdAt = known?.createdAt ?? (document && this.#kind.createdAtOf(document)) ?? 0;
    this.#definitions.set(id, { id, createdAt, states: states.slice(Math.max(0, firstNeeded)) });
    return state;
  }

  #kindOf(before: State | undefined, after: State): Effect["kind"] {
    const { isDeleted, scopeOf } = this.#kind;
    const wasLiving = before?.document !== undefined && !isDeleted(before.document);
    if (after.document === undefined || (wasLiving && isDeleted(after.document))) return "deleted";
    if (before?.document === undefined) return "created";
    if (before.text === after.text) return "unchanged";
    return scopeOf(before.document) === scopeOf(after.document) ? "updated" : "moved";
  }
}

export function byCreation(a: Pick<Row, "createdAt" | "id">, b: Pick<Row, "createdAt" | "id">): number {
  return a.createdAt - b.createdAt || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);
}

function stateAt(definition: StoredDefinition | undefined, at: number): State | undefined {
  return definition?.states.findLast((state) => state.at <= at);
}
