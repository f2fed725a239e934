/** Everything that one simulated Retell knows: workspaces, keys, switches, faults and the two logs. */
import { createHash } from "node:crypto";
import { DataFile } from "../data-file.ts";
import { EffectsLog } from "../effects-log.ts";
import { FaultQueue } from "../fault-queue.ts";
import { createRateLimiter, type RateLimiter } from "../rate-limiter.ts";
import { RequestLog } from "../request-log.ts";
import { ScheduledActions, type SimulatorClock, systemClock } from "../simulator-clock.ts";
import { type ApiKey, type ApiKeyInput, apiKeySchema } from "./api-keys.ts";
import { changeLine, readSavedWorkspaces, savedLine } from "./saved-workspaces.ts";
import { type Switches, switchesSchema } from "./switches.ts";
import { Workspace } from "./workspace.ts";
import type { WorkspaceSeed } from "./workspace-seed.ts";

export type SimulatorOptions = {
  /** API keys by their secret; default: `key_test` for the first workspace. */
  readonly keys?: Readonly<Record<string, ApiKeyInput>>;
  /** The workspaces at the start; default: an empty one, `workspace_1`. */
  readonly seed?: readonly WorkspaceSeed[];
  /** Keeps the workspaces over restarts; an existing file wins over `seed`. */
  readonly dataFile?: string;
  readonly clock?: SimulatorClock;
  readonly switches?: Partial<Switches>;
  /** The id of the n-th definition (from 1) that a workspace creates; must differ between workspaces. */
  readonly newId?: (workspaceId: string, ordinal: number) => string;
};

/** Retell's shape, `test_case_` and 12 hex digits, the same in every run. */
export function sequentialId(workspaceId: string, ordinal: number): string {
  const digest = createHash("sha256").update(`${workspaceId} ${ordinal}`).digest("hex");
  return `test_case_${digest.slice(0, 12)}`;
}

export class SimulatorState {
  readonly clock: SimulatorClock;
  readonly scheduled: ScheduledActions;
  readonly requests = new RequestLog();
  readonly effects = new EffectsLog();
  readonly faults = new FaultQueue();
  readonly workspaces = new Map<string, Workspace>();
  readonly keys = new Map<string, ApiKey>();
  readonly #options: SimulatorOptions;
  readonly #dataFile: DataFile | undefined;
  readonly #limiters = new Map<string, RateLimiter>();
  #switches: Switches;

  /** @throws where the data file or an option is not valid */
  constructor(options: SimulatorOptions) {
    this.#options = options;
    this.clock = options.clock ?? systemClock;
    this.scheduled = new ScheduledActions(this.clock);
    this.#switches = switchesSchema.parse(options.switches ?? {});
    this.#dataFile = options.dataFile === undefined ? undefined : new DataFile(options.dataFile);
    const saved = this.#dataFile?.lines();
    this.#fill(saved === undefined ? undefined : readSavedWorkspaces(saved));
    this.save();
  }

  /** Back to the start: workspaces, keys and switches as given, logs, faults and everything pending gone. */
  reset(): void {
    this.scheduled.cancelAll();
    this.requests.clear();
    this.effects.clear();
    this.faults.clear();
    this.#limiters.clear();
    this.#switches = switchesSchema.parse(this.#options.switches ?? {});
    this.#fill(undefined);
    this.save();
  }

  get switches(): Switches {
    return this.#switches;
  }

  /** @throws where a name or a value is unknown */
  setSwitches(changes: Partial<Switches>): Switches {
    this.#switches = switchesSchema.parse({ ...this.#switches, ...changes });
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

  addWorkspace(seed: WorkspaceSeed): Workspace {
    const workspace = new Workspace(seed, this.#options.newId ?? sequentialId, (effect) => {
      const [at, serverAt] = [this.clock.now(), this.serverNow()];
      this.effects.add({ at, serverAt, workspace: workspace.id, ...effect });
      this.#saveChange(workspace, effect.definitionId);
    });
    this.workspaces.set(workspace.id, workspace);
    return workspace;
  }

  /** @throws where there is no such workspace */
  workspace(id: string | undefined): Workspace {
    const workspace = id === undefined ? this.workspaces.values().next().value : this.workspaces.get(id);
    if (workspace === undefined) throw new RangeError(`there is no workspace ${id}`);
    return workspace;
  }

  setKey(secret: string, key: ApiKeyInput | null): void {
    if (key === null) {
      this.keys.delete(secret);
      return;
    }
    const parsed = apiKeySchema.parse(key);
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

  #saveChange(workspace: Workspace, definitionId: string): void {
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

  #fill(saved: readonly WorkspaceSeed[] | undefined): void {
    this.workspaces.clear();
    this.keys.clear();
    const seeds = saved ?? this.#options.seed ?? [{ id: "workspace_1", orgName: "Workspace 1" }];
    for (const seed of seeds) this.addWorkspace(seed);
    const keys = this.#options.keys ?? { key_test: { workspace: this.workspace(undefined).id } };
    for (const [secret, key] of Object.entries(keys)) this.setKey(secret, key);
  }
}
