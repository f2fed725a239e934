/**
 * A simulated Retell: strict where Retell's documents speak, by switch where they do not, with faults, an outside
 * editor and logs of what was asked and what happened. The API is on `url`, its control under `/__simulator__/`.
 */
import type { Delivery, SimulatedRequest } from "../delivery.ts";
import { startSimulatorServer } from "../simulator-server.http.ts";
import { answerControlCall, CONTROL_PREFIX } from "./control-api.ts";
import { handleRequest } from "./handle-request.ts";
import { OutsideEditor } from "./outside-editor.ts";
import { SimulatorControl } from "./simulator-control.ts";
import { type SimulatorOptions, SimulatorState } from "./simulator-state.ts";

export type RetellSimulator = {
  readonly url: string;
  readonly workspace: SimulatorControl;
  /** Ends every connection, drops what is pending, keeps the data file. */
  close(): Promise<void>;
};

/** The simulator without its server: for simulations on a virtual clock. */
export function createRetellSimulator(options: SimulatorOptions = {}): {
  handle(request: SimulatedRequest): Promise<Delivery>;
  readonly workspace: SimulatorControl;
  close(): void;
} {
  const state = new SimulatorState(options);
  const editor = new OutsideEditor(state);
  return {
    workspace: new SimulatorControl(state, editor),
    handle: (request) => handleRequest(state, editor, request),
    close: () => state.scheduled.cancelAll(),
  };
}

/**
 * @param options `port` 0 (the default) takes a free one
 * @throws where the port is taken, or an option or the data file is not valid
 */
export async function startRetellSimulator({
  port = 0,
  host = "127.0.0.1",
  ...options
}: SimulatorOptions & { readonly port?: number; readonly host?: string } = {}): Promise<RetellSimulator> {
  const simulator = createRetellSimulator(options);
  const server = await startSimulatorServer(
    async (request) =>
      request.target.startsWith(CONTROL_PREFIX)
        ? { kind: "answer", answer: answerControlCall(simulator.workspace, request) }
        : simulator.handle(request),
    { port, host },
  );
  return {
    url: server.url,
    workspace: simulator.workspace,
    close: async () => {
      simulator.close();
      await server.close();
    },
  };
}
