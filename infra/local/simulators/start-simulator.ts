/**
 * A simulated provider: strict where its documents speak, by switch where they do not, with faults, an outside editor
 * and logs of what was asked and what happened. The API is on `url`, its control under `/__simulator__/`.
 */
import { answerControlCall, CONTROL_PREFIX } from "./control-api.ts";
import type { Delivery, SimulatedRequest } from "./delivery.ts";
import { handleRequest } from "./handle-request.ts";
import { OutsideEditor } from "./outside-editor.ts";
import type { SimulatedProvider, SimulatorTypes } from "./simulated-provider.ts";
import { SimulatorControl } from "./simulator-control.ts";
import { startSimulatorServer } from "./simulator-server.http.ts";
import { type SimulatorOptions, SimulatorState } from "./simulator-state.ts";

/** The simulator without its server: for simulations on a virtual clock. */
export type SimulatorCore<T extends SimulatorTypes> = {
  handle(request: SimulatedRequest): Promise<Delivery>;
  readonly workspace: SimulatorControl<T>;
  close(): void;
};

export type Simulator<T extends SimulatorTypes> = {
  /** Without a path. */
  readonly url: string;
  /** What a connection names as its base URL. */
  readonly baseUrl: string;
  readonly workspace: SimulatorControl<T>;
  /** Ends every connection, drops what is pending, keeps the data file. */
  close(): Promise<void>;
};

/** `port` 0 (the default) takes a free one. */
export type ServerOptions = { readonly port?: number; readonly host?: string };

export function createSimulator<T extends SimulatorTypes>(
  provider: SimulatedProvider<T>,
  options: SimulatorOptions<T>,
): SimulatorCore<T> {
  const state = new SimulatorState(provider, options);
  const editor = new OutsideEditor(state);
  return {
    workspace: new SimulatorControl(state, editor),
    handle: (request) => handleRequest(state, editor, request),
    close: () => state.scheduled.cancelAll(),
  };
}

/** @throws where the port is taken, or an option or the data file is not valid */
export async function startSimulator<T extends SimulatorTypes>(
  provider: SimulatedProvider<T>,
  { port = 0, host = "127.0.0.1", ...options }: SimulatorOptions<T> & ServerOptions,
): Promise<Simulator<T>> {
  const simulator = createSimulator(provider, options);
  const server = await startSimulatorServer(
    async (request) =>
      request.target.startsWith(CONTROL_PREFIX)
        ? { kind: "answer", answer: answerControlCall(simulator.workspace, request) }
        : simulator.handle(request),
    { port, host },
  );
  return {
    url: server.url,
    baseUrl: `${server.url}${provider.basePath}`,
    workspace: simulator.workspace,
    close: async () => {
      simulator.close();
      await server.close();
    },
  };
}
