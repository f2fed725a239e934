/** Makes change requests of every kind against what the provider holds at the moment. */
import { canonicalHash } from "../../../shared/definition/document/canonical-form.ts";
import type { JsonObject } from "../../../shared/platform/json.ts";
import type { Chance } from "./chance.ts";
import { contentOf } from "./outside-editor.ts";
import type { LoadPlan } from "./scenario.ts";
import type { SimulatedAccount } from "./simulated-account.ts";
import { newMembers, newPrompt, newTestCase } from "./test-case-content.ts";
import type { VirtualTime } from "./virtual-time.ts";

export type RequestBody = JsonObject & { readonly requestId: string; readonly operation: string };

export class RequestMaker {
  readonly #chance: Chance;
  readonly #account: SimulatedAccount;
  readonly #time: VirtualTime;
  readonly #plan: LoadPlan;
  #made = 0;
  #lastCreate: JsonObject | undefined;

  constructor(chance: Chance, account: SimulatedAccount, time: VirtualTime, plan: LoadPlan) {
    this.#chance = chance;
    this.#account = account;
    this.#time = time;
    this.#plan = plan;
  }

  create(): RequestBody {
    const requestId = this.#nextId("create");
    const equal = this.#chance.happens(this.#plan.equalCreates) ? this.#someTestCase() : undefined;
    const definition = equal ?? newTestCase(this.#chance, requestId);
    this.#lastCreate = definition;
    return { requestId, operation: "create", definition };
  }

  edit(definitionId: string): RequestBody {
    const chance = this.#chance;
    const live = this.#account.definition(definitionId);
    const roll = chance.fraction();
    if (roll < 0.12) return this.#request("delete", definitionId, live, () => ({}));
    if (roll < 0.24) return this.#request("restore", definitionId, live, () => this.#chosenVersion());
    if (roll < 0.39) {
      return this.#request("replace", definitionId, live, (author) => ({
        definition: { ...newTestCase(chance, author), tool_mocks: [], dynamic_variables: {} },
      }));
    }
    if (roll < 0.59) {
      return this.#request("update", definitionId, live, (author) => ({
        patch: this.#jsonPatch(author, live),
      }));
    }
    return this.#request("update", definitionId, live, (author) => ({ patch: newMembers(chance, author) }));
  }

  /** An update that leaves everything as it is. */
  look(definitionId: string): RequestBody {
    return { requestId: this.#nextId("look"), operation: "update", definitionId, patch: {} };
  }

  /** One that we have created already, or that is there anyway. */
  #someTestCase(): JsonObject | undefined {
    const live = this.#account.definitions();
    const isLastOne = live.length === 0 || (this.#lastCreate !== undefined && this.#chance.happens(0.7));
    return isLastOne ? this.#lastCreate : contentOf(this.#chance.pick(live));
  }

  #request(
    operation: string,
    definitionId: string,
    live: JsonObject | undefined,
    membersBy: (author: string) => JsonObject,
  ): RequestBody {
    const requestId = this.#nextId(operation);
    const expect = this.#chance.happens(this.#plan.expectations) ? this.#expectation(live) : undefined;
    return {
      requestId,
      operation,
      definitionId,
      ...membersBy(requestId),
      ...(expect && { expect }),
    };
  }

  #expectation(live: JsonObject | undefined): JsonObject {
    const modified = live?.["user_modified_timestamp"];
    return this.#chance.pick<JsonObject>([
      { version: this.#chance.between(1, 5) },
      ...(live === undefined ? [] : [{ contentHash: canonicalHash(contentOf(live)) }]),
      ...(modified === undefined ? [] : [{ modifiedTimestamp: modified }]),
    ]);
  }

  #jsonPatch(author: string, live: JsonObject | undefined): readonly JsonObject[] {
    const tested = this.#chance.happens(0.7) ? (live?.["user_prompt"] ?? "") : "something else";
    return [
      ...(this.#chance.happens(0.5) ? [{ op: "test", path: "/user_prompt", value: tested }] : []),
      this.#chance.happens(0.7)
        ? { op: "replace", path: "/user_prompt", value: newPrompt(this.#chance, author) }
        : { op: "add", path: "/metrics/-", value: `Checked by ${author}` },
    ];
  }

  #chosenVersion(): JsonObject {
    const at = new Date(this.#time.now() - this.#chance.magnitude(100, 300_000)).toISOString();
    return { restore: this.#chance.happens(0.7) ? { version: this.#chance.between(1, 3) } : { at } };
  }

  #nextId(operation: string): string {
    this.#made += 1;
    return `${operation}-${this.#made}`;
  }
}
