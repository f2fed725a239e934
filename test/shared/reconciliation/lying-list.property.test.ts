import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { JsonObject } from "../../../shared/platform/json.ts";
import { decideHalted } from "../../../shared/reconciliation/run/decide-halted.ts";
import { falsehoods, unfound } from "../../support/reconciliation/falsehoods.ts";
import { isListOfDefinitions, type ListLie, told } from "../../support/reconciliation/list-lies.ts";
import {
  ENGINES,
  type ReconciliationWorld,
  reconciliationWorld,
  scopeOf,
  testCase,
} from "../../support/reconciliation/reconciliation-world.ts";

/** More take a longer time and find more: `LIES=5000 vitest run --project property …`. */
const RUNS = Number(process.env["LIES"] ?? 150);

/** What somebody does in the dashboard; `which` picks one of the definitions that are there. */
type OutsideEdit = {
  readonly action: "create" | "edit" | "quiet-edit" | "save" | "revert" | "delete" | "move" | "migrate";
  readonly which: number;
};

/** What is done through the system. */
type Request = { readonly action: "update" | "delete" | "create" | "lost-update"; readonly which: number };

type Happening = { readonly edit: OutsideEdit } | { readonly request: Request };

type Step = {
  readonly before: readonly Happening[];
  /** The lie about the n-th list call of the run. */
  readonly lies: readonly (ListLie | undefined)[];
  /** What happens right before (even) or after (odd) the n-th half call of the run. */
  readonly meanwhile: readonly { readonly at: number; readonly what: Happening }[];
  readonly trouble: "none" | "other-workspace" | "deleted-engine" | "get-faults" | "lagging";
  readonly everyMs: number;
};

const kinds = <Kind extends ListLie["kind"]>(...names: readonly Kind[]) => fc.constantFrom(...names);
const lie: fc.Arbitrary<ListLie> = fc.oneof(
  kinds("empty", "no-items", "html", "cut", "not-json", "array", "endless", "no-cursor").map((kind) => ({
    kind,
  })),
  kinds("reset", "no-answer").map((kind) => ({ kind })),
  fc.constantFrom(400, 403, 404, 422, 429, 500, 503).map((status) => ({ kind: "status" as const, status })),
  fc.record({ kind: kinds("omit", "twice"), nth: fc.nat(5) }),
  kinds("no-id", "stale", "foreign").map((kind) => ({ kind })),
  fc
    .constantFrom("llm_model", "tool_mocks", "user_prompt", "user_modified_timestamp", "name")
    .map((member) => ({ kind: "without" as const, member })),
);
const edit: fc.Arbitrary<OutsideEdit> = fc.record({
  action: fc.constantFrom("create", "edit", "quiet-edit", "save", "revert", "delete", "move", "migrate"),
  which: fc.nat(20),
});
const request: fc.Arbitrary<Request> = fc.record({
  action: fc.constantFrom("update", "delete", "create", "lost-update"),
  which: fc.nat(20),
});
const happening: fc.Arbitrary<Happening> = fc.oneof(
  { weight: 3, arbitrary: edit.map((one) => ({ edit: one })) },
  { weight: 1, arbitrary: request.map((one) => ({ request: one })) },
);
const step: fc.Arbitrary<Step> = fc.record({
  before: fc.array(happening, { maxLength: 4 }),
  lies: fc.array(fc.option(lie, { nil: undefined, freq: 2 }), { maxLength: 6 }),
  meanwhile: fc.array(fc.record({ at: fc.nat(24), what: happening }), { maxLength: 3 }),
  trouble: fc.constantFrom(
    "none",
    "none",
    "none",
    "other-workspace",
    "deleted-engine",
    "get-faults",
    "lagging",
  ),
  everyMs: fc.constantFrom(1_000, 900_000),
});

class Scenario {
  readonly world: ReconciliationWorld;
  readonly #earlier = new Map<string, JsonObject>();
  #calls = 0;
  #lists = 0;
  #step: Step | undefined;
  #requests = 0;
  #names = 0;
  #isBusy = false;
  /** Of all requests, by their ids. */
  readonly #bodies = new Map<string, JsonObject>();

  constructor(definitions: number, pageSize: number) {
    this.world = reconciliationWorld({
      pageSize,
      connection: { settleSeconds: 5, callTimeoutSeconds: 2 },
      switches: { cursors: pageSize === 2 ? "offset" : "keyset" },
    });
    const { hooks } = this.world;
    hooks.before = () => this.#happen();
    hooks.after = () => this.#happen();
    hooks.lie = (delivery, call) => {
      if (this.#isBusy || !isListOfDefinitions(call)) return delivery;
      const lie = this.#step?.lies[this.#lists++];
      if (lie === undefined || !this.#isTellable(lie, call.path)) return delivery;
      return told(lie, delivery, call, this.#earlier);
    };
    for (let made = 0; made < definitions; made += 1) this.#outside({ action: "create", which: made });
    this.#remember();
  }

  async run(step: Step): Promise<void> {
    for (const what of step.before) await this.#do(what);
    this.world.clock.pass(2_000);
    await this.#deliverOpen();
    const { workspace } = this.world;
    const engine = { type: "retell-llm", id: ENGINES[1] } as const;
    switch (step.trouble) {
      case "other-workspace":
        this.#swapKey("workspace_2");
        break;
      case "deleted-engine":
        workspace.edit({ action: "delete-engine", ...engine });
        break;
      case "get-faults":
        for (const answer of ["reset", "truncated-json", { status: 500 }, "never"] as const) {
          const match = { method: "GET", path: "/get-test-case-definition/*" };
          workspace.addFault({ match, answer });
        }
        break;
      case "lagging":
        workspace.setSwitches({ listLagMs: 4_000, getLagMs: 3_000 });
        break;
      case "none":
        break;
    }
    this.#step = step;
    [this.#calls, this.#lists] = [0, 0];
    await this.world.reconcile({ everyMs: step.everyMs });
    this.#step = undefined;
    workspace.clearFaults();
    workspace.setSwitches({ listLagMs: 0, getLagMs: 0 });
    if (step.trouble === "other-workspace") this.#swapKey("workspace_1");
    if (step.trouble === "deleted-engine") {
      workspace.edit({ action: "add-engine", engine: { ...engine, version: 3, modifiedAt: 1 } });
    }
  }

  /** No more lies: whatever happened is to be found, with a decision where one is asked for. */
  async settle(): Promise<void> {
    const { clock, connection, dependencies } = this.world;
    for (let runs = 0; runs < 5; runs += 1) {
      await this.#decideRequests();
      clock.pass(60_000);
      await this.world.reconcile();
      for (const { status, runId } of await dependencies.runs.list(connection.id, undefined, 100)) {
        if (status === "halted") await decideHalted(dependencies, runId, "confirm");
      }
    }
  }

  /** The first pass over a scope believes rows: they must be of something that is or was there. */
  #isTellable(lie: ListLie, path: string): boolean {
    const engine = new URLSearchParams(path.split("?")[1]).get("llm_id");
    const isFirst = [...this.world.tables.knownScopes.values()].every(
      ({ scope, firstCompletedAt }) => scope !== scopeOf(engine ?? "") || firstCompletedAt === undefined,
    );
    return !isFirst || lie.kind !== "foreign";
  }

  async #happen(): Promise<void> {
    const call = this.#calls++;
    if (this.#isBusy) return;
    for (const { at, what } of this.#step?.meanwhile ?? []) if (at === call) await this.#do(what);
  }

  async #do(what: Happening): Promise<void> {
    this.world.clock.pass(37);
    if ("edit" in what) {
      this.#outside(what.edit);
      return;
    }
    // What is written with another workspace's key is really there.
    if (this.#step?.trouble === "other-workspace") return;
    this.#isBusy = true;
    await this.#submit(what.request);
    this.#isBusy = false;
  }

  #outside({ action, which }: OutsideEdit): void {
    const { workspace } = this.world;
    const all = workspace.definitions();
    const one = all[which % Math.max(1, all.length)];
    const definitionId = String(one?.["test_case_definition_id"]);
    if (action === "create" || one === undefined) {
      const definition = testCase(this.#newName(), ENGINES[which % 2]);
      workspace.edit({ action: "create", definition });
      return;
    }
    const set = { user_prompt: this.#newName() };
    switch (action) {
      case "edit":
        workspace.edit({ action: "edit", definitionId, set });
        break;
      case "quiet-edit":
        workspace.edit({ action: "edit", definitionId, set, bumpTimestamp: false });
        break;
      case "save":
        workspace.edit({ action: "edit", definitionId, set: {} });
        break;
      case "revert": {
        const earlier = this.#earlier.get(definitionId);
        if (earlier === undefined) return;
        const { user_prompt = "", name = "" } = earlier;
        workspace.edit({ action: "edit", definitionId, set: { user_prompt, name } });
        break;
      }
      case "delete":
        workspace.edit({ action: "delete", definitionId });
        break;
      case "move": {
        const responseEngine = { type: "retell-llm", llm_id: ENGINES[which % 2] ?? "", version: 0 };
        workspace.edit({ action: "move", definitionId, responseEngine });
        break;
      }
      case "migrate":
        workspace.edit({
          action: "migrate-models",
          replacements: { "gpt-4.1": "gpt-5", "gpt-5": "gpt-4.1" },
          bumpTimestamp: which % 2 === 0,
        });
    }
  }

  async #submit({ action, which }: Request): Promise<void> {
    const { workspace } = this.world;
    const all = workspace.definitions();
    const definitionId = String(all[which % Math.max(1, all.length)]?.["test_case_definition_id"]);
    const requestId = `r-${++this.#requests}`;
    const content = { name: this.#newName() };
    const body: JsonObject =
      action === "create"
        ? { requestId, operation: "create", definition: testCase(content.name, ENGINES[which % 2]) }
        : action === "delete"
          ? { requestId, operation: "delete", definitionId }
          : { requestId, operation: "update", definitionId, patch: content };
    // Its answer is lost: nobody knows for a while whether it happened.
    if (action === "lost-update") workspace.addFault({ match: { method: "PUT" }, answer: "reset" });
    this.#bodies.set(requestId, body);
    await this.world.apply(body);
  }

  /** Requests that wait are delivered until they are decided. */
  async #decideRequests(): Promise<void> {
    this.#isBusy = true;
    const { clock } = this.world;
    for (let tries = 0; tries < 40 && (await this.#deliverOpen()); tries += 1) clock.pass(30_000);
    this.#isBusy = false;
  }

  /** The requests that wait are delivered again. `false`: none waits. */
  async #deliverOpen(): Promise<boolean> {
    const open = [...this.world.tables.requests.values()].filter(
      ({ status }) => status === "queued" || status === "applying",
    );
    for (const { requestId } of open) await this.world.apply(this.#bodies.get(requestId) ?? {});
    return open.length > 0;
  }

  #swapKey(workspace: string): void {
    const { workspace: control } = this.world;
    if (control.snapshot().workspaces.every(({ id }) => id !== "workspace_2")) {
      const engines = ENGINES.map((id) => ({ type: "retell-llm" as const, id, version: 3, modifiedAt: 1 }));
      control.edit({ action: "add-workspace", seed: { id: "workspace_2", orgName: "Another", engines } });
    }
    control.edit({ action: "set-key", apiKey: "key_test", key: { workspace } });
    this.world.outside.keyVersion = `key of ${workspace}`;
  }

  #remember(): void {
    for (const document of this.world.workspace.definitions()) {
      this.#earlier.set(String(document["test_case_definition_id"]), document);
    }
  }

  #newName(): string {
    this.#names += 1;
    return `name ${this.#names}`;
  }
}

describe("whatever a list answers", () => {
  it("nothing is recorded that did not happen, and all that happened is found once the lies stop", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.nat(9),
        fc.constantFrom(2, 3, 100),
        fc.array(step, { minLength: 1, maxLength: 5 }),
        async (definitions, pageSize, steps) => {
          const scenario = new Scenario(definitions, pageSize);
          for (const step of steps) {
            await scenario.run(step);
            expect(await falsehoods(scenario.world)).toEqual([]);
          }
          await scenario.settle();
          expect(await falsehoods(scenario.world)).toEqual([]);
          expect(await unfound(scenario.world)).toEqual([]);
        },
      ),
      { numRuns: RUNS },
    );
  });
});
