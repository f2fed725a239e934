/**
 * Somebody else at the provider: edits, creates, deletes and moves at any moment, between our read and our write too,
 * takes back what we have just written, and makes the same test case that we are making.
 */
import type { Effect } from "../../../infra/local/simulators/effects-log.ts";
import { isJsonObject, type JsonObject, parseJson } from "../../../shared/platform/json.ts";
import type { Chance } from "./chance.ts";
import type { ArrivedCall } from "./facts.ts";
import { type EditorHabits, QUIET_MS } from "./scenario.ts";
import { ENGINES, type SimulatedAccount } from "./simulated-account.ts";
import { newMembers, newTestCase } from "./test-case-content.ts";
import type { VirtualTime } from "./virtual-time.ts";

const serverMembers = ["test_case_definition_id", "type", "creation_timestamp", "user_modified_timestamp"];

/** More of them would only make a run longer. */
const MAX_EDITS = 25;
const MAX_CREATED = 5;

export type EditorWorld = {
  readonly time: VirtualTime;
  readonly chance: Chance;
  readonly account: SimulatedAccount;
  trace(line: () => string): void;
};

export class OutsideEditor {
  readonly #world: EditorWorld;
  readonly #habits: EditorHabits;
  #isOver = false;
  #edits = 0;
  #created = 0;
  #names = 0;

  constructor(world: EditorWorld, habits: EditorHabits) {
    this.#world = world;
    this.#habits = habits;
  }

  start(): void {
    if (this.#habits.everyMs > 0) this.#later(QUIET_MS, () => this.#planNext());
  }

  stop(): void {
    this.#isOver = true;
  }

  /** A call of ours has arrived: somebody may edit what we have read before we write, or make what we are making. */
  onCall({ method, path }: ArrivedCall, body: string): void {
    const { chance } = this.#world;
    const id = /^\/get-test-case-definition\/(.+)$/.exec(path)?.[1];
    if (method === "GET" && id !== undefined && chance.happens(this.#habits.intoTheWindow)) {
      this.#later(chance.between(0, 80), () => this.#touch(decodeURIComponent(id)));
    }
    if (method === "POST" && chance.happens(this.#habits.twin)) {
      const definition = parseJson(body);
      if (isJsonObject(definition)) {
        this.#later(chance.magnitude(1, 120_000), () => this.#create(definition));
      }
    }
  }

  /** A write of ours took effect: somebody may take it back. */
  onEffect({ definitionId, before, cause }: Effect): void {
    const { chance } = this.#world;
    if (cause.by === "outside" || before === undefined || !chance.happens(this.#habits.revert)) return;
    this.#later(chance.magnitude(1, 120_000), () => this.#restore(definitionId, before));
  }

  #planNext(): void {
    const { chance } = this.#world;
    this.#later(chance.magnitude(this.#habits.everyMs / 10, this.#habits.everyMs * 3), () => {
      this.#editSomething();
      if (this.#edits < MAX_EDITS) this.#planNext();
    });
  }

  #later(delayMs: number, action: () => void): void {
    this.#world.time.after(delayMs, () => {
      if (!this.#isOver) action();
    });
  }

  #editSomething(): void {
    const { account, chance } = this.#world;
    this.#edits += 1;
    const definitions = account.definitions();
    if (definitions.length === 0 || chance.happens(0.1)) {
      this.#create(newTestCase(chance, this.#nextName()));
      return;
    }
    const definition = chance.pick(definitions);
    if (chance.happens(0.12)) this.#create(contentOf(definition));
    else this.#touch(String(definition["test_case_definition_id"]));
  }

  #touch(definitionId: string): void {
    const { account, chance, trace } = this.#world;
    const roll = chance.fraction();
    const action = roll < 0.1 ? "delete" : roll < 0.2 ? "move" : "edit";
    trace(() => `somebody: ${action} ${definitionId}`);
    if (action === "delete") account.edit({ action, definitionId });
    else if (action === "move") {
      const responseEngine = { type: "retell-llm", llm_id: chance.pick(ENGINES), version: 0 };
      account.edit({ action, definitionId, responseEngine });
    } else {
      // Now and then something is saved without a change.
      const set = chance.happens(0.1) ? {} : newMembers(chance, this.#nextName());
      account.edit({ action, definitionId, set });
    }
  }

  #create(definition: JsonObject): void {
    if (this.#created === MAX_CREATED) return;
    this.#created += 1;
    this.#world.trace(() => `somebody: create ${JSON.stringify(definition)}`);
    this.#world.account.edit({ action: "create", definition });
  }

  /** Back to what was there before our write. */
  #restore(definitionId: string, before: string): void {
    const { account, trace } = this.#world;
    const live = account.definition(definitionId);
    const wanted = parseJson(before);
    if (live === undefined || !isJsonObject(wanted)) return;
    trace(() => `somebody: take back our write to ${definitionId}`);
    const unset = Object.keys(contentOf(live)).filter((member) => !Object.hasOwn(wanted, member));
    account.edit({ action: "edit", definitionId, set: contentOf(wanted), unset });
  }

  #nextName(): string {
    this.#names += 1;
    return `somebody-${this.#names}`;
  }
}

/** Without what the server sets. */
export function contentOf(document: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(document).filter(([member]) => !serverMembers.includes(member)));
}
