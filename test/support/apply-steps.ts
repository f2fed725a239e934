/** The steps that tests of applying a change are told in. */
import type { FaultInput } from "../../infra/local/simulators/fault.ts";
import type { Disposition } from "../../shared/change-request/outcome/delivery.ts";
import type { JsonObject, JsonValue } from "../../shared/platform/json.ts";
import { type Death, dyingWorker, WorkerDied } from "./dying-worker.ts";
import { type RetellWorld, refundCase, requestMaker } from "./retell-world.ts";

export const applied: Disposition = { kind: "done", status: "applied" };

/** Requests have ids that begin with `prefix` and never repeat. */
export function applySteps(world: () => RetellWorld, prefix: string) {
  const { newId, update } = requestMaker(prefix);
  const workspace = () => world().simulator.workspace;
  return {
    newId,
    update,

    create: (definition: JsonObject = refundCase, more: JsonObject = {}): JsonObject => ({
      requestId: newId(),
      operation: "create",
      definition,
      ...more,
    }),

    replace: (definitionId: string, definition: JsonObject, more: JsonObject = {}): JsonObject => ({
      requestId: newId(),
      operation: "replace",
      definitionId,
      definition,
      ...more,
    }),

    remove: (definitionId: string, more: JsonObject = {}): JsonObject => ({
      requestId: newId(),
      operation: "delete",
      definitionId,
      ...more,
    }),

    restore: (definitionId: string, restore: JsonObject, more: JsonObject = {}): JsonObject => ({
      requestId: newId(),
      operation: "restore",
      definitionId,
      restore,
      ...more,
    }),

    /** The next call with this method goes wrong like this; by default it takes effect and its answer is lost. */
    fault(method: string, fault: FaultInput = { answer: "reset" }): void {
      workspace().addFault({ ...fault, match: { method, ...fault.match } });
    },

    /** The calls with this method that reached the provider. */
    calls: (method: string) => workspace().requests({ method }),

    /** What really happened to a definition, in order, but for what a colleague did in the dashboard. */
    effects: (definitionId: string) =>
      workspace()
        .effects({ definitionId })
        .filter(({ cause }) => cause.by !== "outside")
        .map(({ kind }) => kind),

    stored: (definitionId: string): JsonObject => workspace().definition(definitionId) ?? {},

    outside: (definitionId: string, set: JsonObject, bumpTimestamp = true): void => {
      workspace().edit({ action: "edit", definitionId, set, bumpTimestamp });
    },

    deleteOutside: (definitionId: string): void => {
      workspace().edit({ action: "delete", definitionId });
    },

    /** The history as `<change type> <source>`. */
    history: async (definitionId: string): Promise<readonly string[]> =>
      (await world().versions(definitionId)).map(({ record }) => `${record.changeType} ${record.source}`),

    /** The content member of a version's document. */
    member: async (definitionId: string, version: number, name: string): Promise<JsonValue | undefined> => {
      const stored = (await world().versions(definitionId))[version - 1];
      return (JSON.parse(stored?.documentText ?? "null") as JsonObject | null)?.[name];
    },

    result: async (request: JsonObject) => (await world().record(request)).result,

    /** A delivery to a worker that dies. Its lease ends twenty seconds after it began. */
    async crash(
      request: JsonObject,
      death: Death,
      { dependencies = world().dependencies(), ...options }: Parameters<RetellWorld["apply"]>[1] = {},
    ): Promise<void> {
      const worker = dyingWorker(dependencies, death);
      try {
        await world().apply(request, { ...options, dependencies: worker.dependencies });
      } catch (error) {
        if (!(error instanceof WorkerDied)) throw error;
      }
      if (!worker.isDead()) throw new Error(`the worker made no such call: ${Object.values(death)}`);
    },

    /** An operator's retry: the next epoch is open, and the message is delivered again. */
    async retry(
      request: JsonObject,
      options: Parameters<RetellWorld["apply"]>[1] = {},
    ): Promise<Disposition> {
      const reopened = await world()
        .dependencies()
        .requests.reopen(await world().record(request), world().clock.now());
      if (!reopened) throw new Error("the request has not failed");
      return await world().apply(request, options);
    },
  };
}
