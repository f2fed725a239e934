/**
 * Somebody who looks at known definitions and records what was changed outside, as reconciliation does: the mirror is
 * read before the definition, and what is recorded is conditional on that head, no claim and no open intent.
 */
import type { Commit } from "../../../shared/change-request/attempt/commit.ts";
import { canonicalHash } from "../../../shared/definition/document/canonical-form.ts";
import { recordedContentOf } from "../../../shared/definition/history/recorded-content.ts";
import { differsFromHead, nextVersion } from "../../../shared/definition/history/version.ts";
import type { DefinitionKey, Mirror } from "../../../shared/definition/mirror/mirror.ts";
import { stateOf } from "../../../shared/definition/mirror/observed-state.ts";
import { type JsonObject, parseJson } from "../../../shared/platform/json.ts";
import type { ProviderTransport } from "../../../shared/providers/provider-call.ts";
import { createRetellProvider } from "../../../shared/providers/retell/retell-provider.ts";
import { type MemoryTables, type TargetItem, targetId } from "../stores/memory-tables.ts";
import { stepped } from "./composition.ts";
import type { Stores } from "./sabotage.ts";
import { CALL_TIMEOUT_MS } from "./scenario.ts";
import { CONNECTION } from "./simulated-connection.ts";
import { StepFaults } from "./step-faults.ts";
import { type ProcessWorld, WorkerProcess } from "./worker-process.ts";

/** More would only make a run longer. */
const MAX_LOOKS = 40;
/** A claim of nothing that is ever used: a commit needs one. */
const OWN_CLAIM = { kind: "create", connection: CONNECTION.id, scope: "observer" } as const;
const TOKEN = "observer";

export class Observer {
  readonly #world: ProcessWorld;
  readonly #tables: MemoryTables;
  readonly #everyMs: number;
  readonly #stores: Stores;
  readonly #provider;
  readonly #contentOf = recordedContentOf(CONNECTION);
  #isOver = false;
  #looks = 0;
  #commits = 0;

  /** `everyMs`: milliseconds between two looks, on average; 0: none. */
  constructor(
    world: ProcessWorld,
    stores: Stores,
    tables: MemoryTables,
    transportFor: (process: WorkerProcess) => ProviderTransport,
    everyMs: number,
  ) {
    this.#world = world;
    this.#tables = tables;
    this.#everyMs = everyMs;
    const calm = { ...world, faults: new StepFaults(world.chance, {}) };
    const process = new WorkerProcess("observer", calm, () => undefined);
    this.#stores = {
      ...stores,
      mirrors: stepped(process, "mirrors", stores.mirrors),
      history: stepped(process, "history", stores.history),
      commits: stepped(process, "commits", {
        commit: async (commit: Commit) =>
          this.#itemOf(commit.mirror)?.intent === undefined
            ? await stores.commits.commit(commit)
            : ({ committed: false, reason: "contention" } as const),
      }),
    };
    this.#provider = createRetellProvider({ connection: CONNECTION, call: transportFor(process) });
  }

  start(): void {
    if (this.#everyMs === 0) return;
    const claim = { requestId: "observer", epoch: 1, token: TOKEN, leaseUntil: 0 };
    void this.#stores.mirrors.takeClaim(OWN_CLAIM, claim, this.#world.time.now());
    this.#planNext();
  }

  stop(): void {
    this.#isOver = true;
  }

  #planNext(): void {
    const { chance, time } = this.#world;
    time.after(chance.magnitude(this.#everyMs / 10, this.#everyMs * 3), () => {
      if (this.#isOver) return;
      this.#looks += 1;
      void this.#look();
      if (this.#looks < MAX_LOOKS) this.#planNext();
    });
  }

  async #look(): Promise<void> {
    const known = [...this.#tables.targets.values()].flatMap(({ mirror }) => mirror ?? []);
    if (known.length === 0) return;
    const { connection, definitionId } = this.#world.chance.pick(known);
    const key = { connection, definitionId };
    const head = await this.#stores.mirrors.mirror(key);
    if (head === undefined || head.deleted) return;
    const startedAt = this.#world.time.now();
    const read = await this.#provider
      .get(definitionId, { timeoutMs: CALL_TIMEOUT_MS })
      .catch(() => undefined);
    if (read === undefined) return;
    const state = stateOf(read.body, this.#provider.dialect);
    if (!differsFromHead(head, state) || (await this.#isLateEffect(key, state.content))) return;
    await this.#record(key, head, state, { startedAt, endedAt: this.#world.time.now() });
  }

  async #record(
    key: DefinitionKey,
    head: Mirror,
    state: ReturnType<typeof stateOf>,
    look: { startedAt: number; endedAt: number },
  ): Promise<void> {
    const before = await this.#stores.history.version(key, head.version);
    const { version, mirror } = nextVersion({
      key,
      head,
      previousContent: this.#contentOf(parseJson(before?.documentText ?? "null"), []),
      state,
      changeType: "updated",
      source: "reconciliation",
      look,
      now: this.#world.time.now(),
    });
    this.#commits += 1;
    await this.#stores.commits.commit({
      version,
      mirror,
      headVersion: head.version,
      claim: { target: OWN_CLAIM, token: TOKEN },
      idempotencyToken: `observer-${this.#commits}`,
    });
  }

  /** What a write of ours may have left behind is for its own request to find. */
  async #isLateEffect(key: DefinitionKey, content: JsonObject | null): Promise<boolean> {
    const superseded = (await this.#stores.mirrors.intents({ kind: "definition", ...key })).superseded;
    return superseded.some(({ wantedHash }) => wantedHash === canonicalHash(content));
  }

  #itemOf({ connection, definitionId }: DefinitionKey): TargetItem | undefined {
    return this.#tables.targets.get(targetId({ kind: "definition", connection, definitionId }));
  }
}
