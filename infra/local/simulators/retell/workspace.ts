/**
 * One simulated workspace: engines, agents and definitions. A definition keeps its recent states, because reads may
 * lag behind writes; every change goes through {@link Workspace.store}, which reports its effect.
 */
import { type JsonObject, stringifyJson } from "../../../../shared/platform/json.ts";
import type { Effect, EffectCause } from "../effects-log.ts";
import { definitionIdOf, engineKey, engineKeyOf, numberOf } from "./test-case-document.ts";
import { type Engine, type WorkspaceSeed, workspaceSeedSchema } from "./workspace-seed.ts";

/** A definition from one instant on; without a document it does not exist. */
type State = { readonly at: number; readonly document?: JsonObject; readonly text?: string };

type StoredDefinition = { readonly id: string; readonly createdAt: number; states: readonly State[] };

/** A definition with its place in lists: by creation time, then id. */
export type Row = { readonly id: string; readonly createdAt: number; readonly document: JsonObject };

export type EffectReport = Omit<Effect, "number" | "at" | "serverAt" | "workspace">;

/** Reads never lag longer (the switches' upper bound), so older states can go. */
const LONGEST_LAG_MS = 600_000;

export class Workspace {
  readonly id: string;
  readonly orgName: string;
  readonly agents: readonly JsonObject[];
  readonly engines = new Map<string, Engine>();
  /** Keys of engines that once were there. */
  readonly deletedEngines: Set<string>;
  readonly #definitions = new Map<string, StoredDefinition>();
  readonly #newId: (ordinal: number) => string;
  readonly #report: (effect: EffectReport) => void;
  #issuedIds: number;

  constructor(
    seed: WorkspaceSeed,
    newId: (workspaceId: string, ordinal: number) => string,
    report: (effect: EffectReport) => void,
  ) {
    const { id, orgName, agents, engines, definitions, deletedEngines, issuedIds } =
      workspaceSeedSchema.parse(seed);
    this.id = id;
    this.orgName = orgName;
    this.agents = agents;
    this.deletedEngines = new Set(deletedEngines);
    for (const engine of engines) this.engines.set(engineKey(engine.type, engine.id), engine);
    this.#newId = (ordinal) => newId(id, ordinal);
    this.#report = report;
    this.#issuedIds = issuedIds;
    for (const document of definitions)
      this.#push(definitionIdOf(document), Number.NEGATIVE_INFINITY, document);
  }

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

  /** Every definition, or those of one engine, as they are or as they were at an instant; oldest first. */
  rows({ engine, at = Number.POSITIVE_INFINITY }: { engine?: string; at?: number } = {}): readonly Row[] {
    const rows: Row[] = [];
    for (const definition of this.#definitions.values()) {
      const document = stateAt(definition, at)?.document;
      if (document !== undefined && (engine === undefined || engineKeyOf(document) === engine)) {
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
      kind: kindOf(before, after),
      ...(before?.text === undefined ? {} : { before: before.text }),
      ...(after.text === undefined ? {} : { after: after.text }),
      cause,
    });
  }

  addEngine(engine: Engine): void {
    const key = engineKey(engine.type, engine.id);
    this.engines.set(key, engine);
    this.deletedEngines.delete(key);
  }

  deleteEngine(key: string): void {
    if (this.engines.delete(key)) this.deletedEngines.add(key);
  }

  /** Everything that a restart must find again. */
  toSeed(): WorkspaceSeed {
    return {
      id: this.id,
      orgName: this.orgName,
      engines: [...this.engines.values()],
      agents: [...this.agents],
      definitions: this.rows().map(({ document }) => document),
      deletedEngines: [...this.deletedEngines],
      issuedIds: this.#issuedIds,
    };
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
    const createdAt = known?.createdAt ?? numberOf(document?.["creation_timestamp"]) ?? 0;
    this.#definitions.set(id, { id, createdAt, states: states.slice(Math.max(0, firstNeeded)) });
    return state;
  }
}

export function byCreation(a: Pick<Row, "createdAt" | "id">, b: Pick<Row, "createdAt" | "id">): number {
  return a.createdAt - b.createdAt || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);
}

function stateAt(definition: StoredDefinition | undefined, at: number): State | undefined {
  return definition?.states.findLast((state) => state.at <= at);
}

function kindOf(before: State | undefined, after: State): Effect["kind"] {
  if (after.document === undefined) return "deleted";
  if (before?.document === undefined) return "created";
  if (before.text === after.text) return "unchanged";
  return engineKeyOf(before.document) === engineKeyOf(after.document) ? "updated" : "moved";
}
