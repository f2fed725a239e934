/** What every harness says of its simulator in the same words. */
import type { Effect } from "../../../../infra/local/simulators/effects-log.ts";
import type { FaultInput } from "../../../../infra/local/simulators/fault.ts";
import type { CommonEdit } from "../../../../infra/local/simulators/outside-edit.ts";
import type { OutsideEditResult } from "../../../../infra/local/simulators/outside-editor.ts";
import type { LoggedRequest } from "../../../../infra/local/simulators/request-log.ts";
import { type SimulatorClock, systemClock } from "../../../../infra/local/simulators/simulator-clock.ts";
import { type Connection, parseConnections } from "../../../../shared/platform/config.ts";
import type { JsonObject } from "../../../../shared/platform/json.ts";
import { KEY, NOW } from "../key-and-time.ts";
import type { SimulatedAccount } from "./harness.ts";

/** A simulator as far as providers do not differ. */
type AnySimulator = {
  readonly baseUrl: string;
  readonly workspace: {
    edit(edit: Extract<CommonEdit, { action: "create" | "edit" }>): OutsideEditResult;
    definition(definitionId: string): JsonObject | undefined;
    addFault(fault: FaultInput): number;
    clearFaults(): void;
    requests(): readonly LoggedRequest[];
    effects(): readonly Effect[];
    reset(): void;
  };
  close(): Promise<void>;
};

/** A clock that a test moves. */
export function movedClock() {
  let now = NOW;
  const clock: SimulatorClock = { ...systemClock, now: () => now };
  return {
    clock,
    now: () => now,
    pass(ms: number) {
      now += ms;
    },
    reset() {
      now = NOW;
    },
  };
}

/** `created` is a definition as a colleague makes it, in the names in which the provider answers. */
export function accountOver(
  simulator: AnySimulator,
  { now, pass, reset }: ReturnType<typeof movedClock>,
  created: (name: string) => JsonObject,
) {
  const { workspace } = simulator;
  return {
    apiKey: KEY,
    now,
    pass,
    createOutside(name, members = {}) {
      const result = workspace.edit({ action: "create", definition: { ...created(name), ...members } });
      if (!result.done || result.definitionId === undefined) throw new Error("nothing was created");
      return result.definitionId;
    },
    writeOutside(definitionId, member, value) {
      const change =
        value === undefined ? { set: {}, unset: [member] } : { set: { [member]: value }, unset: [] };
      workspace.edit({ action: "edit", definitionId, bumpTimestamp: false, ...change });
    },
    editOutside: (definitionId, set) =>
      void workspace.edit({ action: "edit", definitionId, set, unset: [], bumpTimestamp: true }),
    stored: (definitionId) => workspace.definition(definitionId),
    addFault: (fault) => void workspace.addFault(fault),
    clearFaults: () => workspace.clearFaults(),
    requests: () => workspace.requests(),
    effects: () => workspace.effects(),
    reset() {
      reset();
      workspace.reset();
    },
    close: () => simulator.close(),
  } satisfies Partial<SimulatedAccount>;
}

/** The connection of this provider to a simulator. */
export function connectionTo(
  provider: Connection["provider"],
  { baseUrl }: Pick<AnySimulator, "baseUrl">,
  options: Partial<Connection> = {},
): Connection {
  const [connection] = parseConnections([{ id: provider, provider, baseUrl, ...options }]);
  if (connection === undefined) throw new Error("no connection");
  return connection;
}
