/**
 * What the provider's lists tell runs instead of the truth, and definitions that are hidden from runs for a while.
 * Requests are told the truth: what they must not believe is another matter.
 */
import type { Delivery, SimulatedRequest } from "../../../infra/local/simulators/delivery.ts";
import {
  isJsonArray,
  isJsonObject,
  type JsonObject,
  JsonTextError,
  parseJson,
} from "../../../shared/platform/json.ts";
import { type ListLie, told } from "../../support/reconciliation/list-lies.ts";
import type { Chance } from "./chance.ts";
import type { Facts } from "./facts.ts";
import type { ScanPlan } from "./scan-plan.ts";
import type { VirtualTime } from "./virtual-time.ts";

export type LiesWorld = {
  readonly time: VirtualTime;
  readonly chance: Chance;
  readonly facts: Facts;
  /** The first pass over a scope believes what it is shown, so it is shown nothing that never was. */
  isFirstPass(engine: string): boolean;
  trace(line: () => string): void;
};

const DEFINITIONS = "/v2/list-test-case-definitions";
const ENGINES = /^\/v2\/list-(retell-llms|conversation-flows)/;
const DEFINITION = /^\/get-test-case-definition\/([^?]+)/;
/** Shorter than a deletion takes to be believed, with clocks that differ. */
const LONGEST_HIDING_MS = 590_000;

export class ScanLies {
  readonly #world: LiesWorld;
  readonly #plan: ScanPlan;
  #isOver = false;

  constructor(world: LiesWorld, plan: ScanPlan) {
    this.#world = world;
    this.#plan = plan;
  }

  stop(): void {
    this.#isOver = true;
  }

  /** In pages of the plan's size. */
  paged(request: SimulatedRequest): SimulatedRequest {
    return { ...request, target: request.target.replace(/limit=\d+/, `limit=${this.#plan.pageSize}`) };
  }

  told({ target }: SimulatedRequest, delivery: Delivery): Delivery {
    if (this.#isOver) return delivery;
    const id = DEFINITION.exec(target)?.[1];
    if (id !== undefined) return this.#isHidden(decodeURIComponent(id)) ? notFound(delivery) : delivery;
    const isList = target.startsWith(DEFINITIONS);
    // What is broken already is enough of a lie.
    if ((!isList && !ENGINES.test(target)) || itemsIn(delivery) === undefined) return delivery;
    const shown = isList ? this.#withoutHidden(delivery) : delivery;
    if (!this.#world.chance.happens(this.#plan.lies)) return shown;
    const lie = isList ? this.#lieAbout(target) : this.#lieAboutEngines();
    this.#world.trace(() => `  the list lies: ${JSON.stringify(lie)}`);
    return told(lie, shown, { path: target }, this.#earlier());
  }

  #lieAbout(target: string): ListLie {
    const { chance } = this.#world;
    const isFirst = this.#world.isFirstPass(new URLSearchParams(target.split("?")[1]).get("llm_id") ?? "");
    const member = chance.pick(["llm_model", "tool_mocks", "user_prompt", "user_modified_timestamp", "name"]);
    return chance.pick<ListLie>([
      { kind: "omit", nth: chance.between(0, 5) },
      { kind: "omit", nth: chance.between(0, 5) },
      { kind: "twice", nth: chance.between(0, 5) },
      { kind: "stale" },
      { kind: "stale" },
      // The first pass asks for a sample only: cut rows could look like the sample's own.
      isFirst ? { kind: "empty" } : { kind: "without", member },
      isFirst ? { kind: "empty" } : { kind: "foreign" },
      { kind: "no-id" },
      this.#lieAboutEngines(),
    ]);
  }

  #lieAboutEngines(): ListLie {
    const { chance } = this.#world;
    return chance.pick<ListLie>([
      { kind: "empty" },
      { kind: "empty" },
      { kind: "omit", nth: chance.between(0, 2) },
      { kind: chance.pick(["no-items", "html", "cut", "not-json", "array", "endless", "no-cursor"]) },
      { kind: "status", status: chance.pick([400, 403, 404, 422, 429, 500, 503]) },
      { kind: chance.pick(["reset", "no-answer"]) },
    ]);
  }

  /** Of each definition an earlier state, if there was one. */
  #earlier(): ReadonlyMap<string, JsonObject> {
    const { chance, facts } = this.#world;
    const states = Map.groupBy(
      facts.effects.filter(({ after }) => after !== undefined),
      ({ definitionId }) => definitionId,
    );
    return new Map(
      [...states].flatMap(([id, effects]) => {
        const document = parseJson(chance.pick(effects).after ?? "null");
        return isJsonObject(document) ? [[id, document] as const] : [];
      }),
    );
  }

  #isHidden(definitionId: string): boolean {
    const { facts, time } = this.#world;
    const hidden = facts.scans.hidden.get(definitionId);
    return hidden !== undefined && hidden.from <= time.now() && time.now() < hidden.until;
  }

  /** Each definition is hidden once at most: two hidings could look like one that lasts. */
  #withoutHidden(delivery: Delivery): Delivery {
    const { chance, facts, time, trace } = this.#world;
    const all = itemsIn(delivery);
    if (all === undefined || delivery.kind !== "answer") return delivery;
    for (const { test_case_definition_id: id } of all) {
      if (typeof id !== "string" || facts.scans.hidden.has(id) || !chance.happens(this.#plan.hides)) continue;
      const until = time.now() + chance.magnitude(5_000, LONGEST_HIDING_MS);
      facts.scans.hidden.set(id, { from: time.now(), until });
      trace(() => `  ${id} is hidden until ${new Date(until).toISOString()}`);
    }
    const items = all.filter((item) => !this.#isHidden(String(item["test_case_definition_id"])));
    if (items.length === all.length) return delivery;
    const body = JSON.stringify({ ...(parseJson(delivery.answer.body) as JsonObject), items });
    return { ...delivery, answer: { ...delivery.answer, body } };
  }
}

/** Of a page as the provider documents it. */
function itemsIn(delivery: Delivery): readonly JsonObject[] | undefined {
  if (delivery.kind !== "answer" || delivery.answer.status !== 200) return undefined;
  try {
    const page = parseJson(delivery.answer.body);
    const items = isJsonObject(page) ? page["items"] : undefined;
    return isJsonArray(items) ? items.filter(isJsonObject) : undefined;
  } catch (error) {
    if (error instanceof JsonTextError) return undefined;
    throw error;
  }
}

function notFound(delivery: Delivery): Delivery {
  if (delivery.kind !== "answer") return delivery;
  const body = '{"status":"error","message":"Not found"}';
  return { kind: "answer", answer: { ...delivery.answer, status: 404, body } };
}
