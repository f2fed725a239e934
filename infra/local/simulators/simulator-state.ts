/** Everything that one simulated provider knows: workspaces, keys, switches, faults and the two logs. */
import { DataFile } from "./data-file.ts";
import { EffectsLog } from "./effects-log.ts";
import { FaultQueue } from "./fault-queue.ts";
import { createRateLimiter, type RateLimiter } from "./rate-limiter.ts";
import { RequestLog } from "./request-log.ts";
import { changeLine, readSavedWorkspaces, savedLine } from "./saved-workspaces.ts";
import type { SimulatedProvider, SimulatorTypes } from "./simulated-provider.ts";
import { ScheduledActions, type SimulatorClock, systemClock } from "./simulator-clock.ts";

export type SimulatorOptions<T extends SimulatorTypes> = {
  /** API keys by their secret; default: `key_test` for the first workspace. */
  readonly keys?: Readonly<Record<string, T["keyInput"]>>;
  /** The workspaces at the start; default: an empty one, `workspace_1`. */
  readonly seed?: readonly T["seedInput"][];
  /** Keeps the workspaces over restarts; an existing file wins over `seed`. */
  readonly dataFile?: string;
  readonly clock?: SimulatorClock;
  readonly switches?: Partial<T["switches"]>;
  /** The id of the n-th definition (from 1) that a workspace creates; must differ between workspaces. */
  readonly newId?: (workspaceId: string, ordinal: number) => string;
};

export class SimulatorState<T extends SimulatorTypes> {
  readonly provider: SimulatedProvider<T>;
  readonly clock: SimulatorClock;
  readonly scheduled: ScheduledActions;
  readonly requests = new RequestLog();
  readonly effects = new EffectsLog();
  readonly faults = new FaultQueue();
  readonly workspaces = new Map<string, T["workspace"]>();
  readonly keys = new Map<string, T["key"]>();
  readonly #options: SimulatorOptions<T>;
  readonly #dataFile: DataFile | undefined;
  readonly #limiters = new Map<string, RateLimiter>();
  #switches: T["switches"];

  /** @throws where the data file or an option is not valid */
  constructor(provider: SimulatedProvider<T>, options: SimulatorOptions<T>) {
    this.provider = provider;
    this.#options = options;
    this.clock = options.clock ?? systemClock;
    this.scheduled = new ScheduledActions(this.clock);
    this.#switches = provider.switches.parse(options.switches ?? {});
    this.#dataFile = options.dataFile === undefined ? undefined : new DataFile(options.dataFile);
    const saved = this.#dataFile?.lines();
    this.#fill(saved === undefined ? undefined : readSavedWorkspaces(saved, provider));
    this.save();
  }

  /** Back to the start: workspaces, keys and switches as given, logs, faults and everything pending gone. */
  reset(): void {
    this.scheduled.cancelAll();
    this.requests.clear();
    this.effects.clear();
    this.faults.clear();
    this.#limiters.clear();
    this.#switches = this.provider.switches.parse(this.#options.switches ?? {});
    this.#fill(undefined);
    this.save();
  }

  get switches(): T["switches"] {
    return this.#switches;
  }

  /** @throws where a name or a value is unknown */
  setSwitches(changes: Partial<T["switches"]>): T["switches"] {
    this.#switches = this.provider.switches.parse({ ...this.#switches, ...changes });
    if (changes.rateLimit !== undefined || changes.rateLimitScope !== undefined) this.#limiters.clear();
    return this.#switches;
  }

  /** Epoch ms on the simulated server's clock. */
  serverNow(): number {
    return this.clock.now() + this.switches.clockSkewMs;
  }

  /** What a write is stamped with now. */
  stamp(): number {
    const { timestampResolutionMs } = this.switches;
    return Math.floor(Math.floor(this.serverNow()) / timestampResolutionMs) * timestampResolutionMs;
  }

  /** @throws where it is not valid */
  addWorkspace(seed: unknown): T["workspace"] {
    const workspace: T["workspace"] = this.provider.createWorkspace(this.provider.seed.parse(seed), {
      newId: this.#options.newId ?? this.provider.newId,
      report: (effect) => {
        const [at, serverAt] = [this.clock.now(), this.serverNow()];
        this.effects.add({ at, serverAt, workspace: workspace.id, ...effect });
        this.#saveChange(workspace, effect.definitionId);
      },
    });
    this.workspaces.set(workspace.id, workspace);
    return workspace;
  }

  /** @throws where there is no such workspace */
  workspace(id: string | undefined): T["workspace"] {
    const workspace = id === undefined ? this.workspaces.values().next().value : this.workspaces.get(id);
    if (workspace === undefined) throw new RangeError(`there is no workspace ${id}`);
    return workspace;
  }

  /** `null` revokes it. @throws where it is not valid, or there is no such workspace */
  setKey(secret: string, key: unknown): void {
    if (key === null) {
      this.keys.delete(secret);
      return;
    }
    const parsed = this.provider.key.parse(key);
    this.workspace(parsed.workspace);
    this.keys.set(secret, parsed);
  }

  /** The limiter of a workspace or a key; none without a limit. */
  limiterOf(scope: string): RateLimiter | undefined {
    if (this.switches.rateLimit === null) return undefined;
    const limiter = this.#limiters.get(scope) ?? createRateLimiter(this.switches.rateLimit);
    this.#limiters.set(scope, limiter);
    return limiter;
  }

  /** Writes everything to the data file, where there is one; changes of definitions are written as they happen. */
  save(): void {
    this.#dataFile?.replace(savedLine([...this.workspaces.values()].map((workspace) => workspace.toSeed())));
  }

  #saveChange(workspace: T["workspace"], definitionId: string): void {
    if (this.#dataFile === undefined) return;
    if (this.#dataFile.shouldFold) {
      this.save();
      return;
    }
    const document = workspace.definition(definitionId);
    this.#dataFile.append(
      changeLine({
        workspace: workspace.id,
        definitionId,
        issuedIds: workspace.issuedIds,
        ...(document === undefined ? {} : { document }),
      }),
    );
  }

  #fill(saved: readonly unknown[] | undefined): void {
    this.workspaces.clear();
    this.keys.clear();
    const seeds = saved ?? this.#options.seed ?? [this.provider.emptyWorkspace];
    for (const seed of seeds) this.addWorkspace(seed);
    const keys = this.#options.keys ?? { key_test: { workspace: this.workspace(undefined).id } };
    for (const [secret, key] of Object.entries(keys)) this.setKey(secret, key);
  }
}
