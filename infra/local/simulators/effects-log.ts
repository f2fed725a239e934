/**
 * What really happened to the definitions of a simulator, entry by entry and in order: the truth that a recorded
 * history is compared with.
 */
export type EffectCause =
  /** `request` is the number in the request log. */
  | { readonly by: "request" | "late-commit"; readonly request: number }
  /** Somebody else at the provider; `action` names the outside edit. */
  | { readonly by: "outside"; readonly action: string }
  | { readonly by: "migration" };

export type Effect = {
  /** 1, 2, 3 … since the start or the last reset. */
  readonly number: number;
  /** Epoch ms on the simulator's clock. */
  readonly at: number;
  /** Epoch ms on the simulated server's clock, which may be ahead or behind. */
  readonly serverAt: number;
  readonly workspace: string;
  readonly definitionId: string;
  /** `moved`: the scope changed. `unchanged`: a write left every byte as it was. */
  readonly kind: "created" | "updated" | "moved" | "deleted" | "unchanged";
  /** The stored JSON texts, bookkeeping members included. */
  readonly before?: string;
  readonly after?: string;
  readonly cause: EffectCause;
};

export class EffectsLog {
  #effects: Effect[] = [];

  add(effect: Omit<Effect, "number">): void {
    this.#effects.push({ number: this.#effects.length + 1, ...effect });
  }

  /** In the order in which they happened; only those after number `after`. */
  list({ after = 0, definitionId }: { after?: number; definitionId?: string } = {}): readonly Effect[] {
    return this.#effects
      .slice(after)
      .filter((effect) => definitionId === undefined || effect.definitionId === definitionId);
  }

  clear(): void {
    this.#effects = [];
  }
}
