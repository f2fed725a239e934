/** A simulated Synthflow with its server. */
import type { SimulatorOptions } from "../simulator-state.ts";
import { type ServerOptions, type Simulator, startSimulator } from "../start-simulator.ts";
import type { SynthflowTypes } from "./plan.ts";
import { simulatedSynthflow } from "./simulated-synthflow.ts";

export type SynthflowSimulator = Simulator<SynthflowTypes>;

/** @throws where the port is taken, or an option or the data file is not valid */
export async function startSynthflowSimulator(
  options: SimulatorOptions<SynthflowTypes> & ServerOptions = {},
): Promise<SynthflowSimulator> {
  return await startSimulator(simulatedSynthflow, options);
}
