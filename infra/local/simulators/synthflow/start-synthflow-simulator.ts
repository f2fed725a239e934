/** A simulated Synthflow, with a server or without. */
import type { SimulatorOptions } from "../simulator-state.ts";
import {
  createSimulator,
  type ServerOptions,
  type Simulator,
  type SimulatorCore,
  startSimulator,
} from "../start-simulator.ts";
import type { SynthflowTypes } from "./plan.ts";
import { simulatedSynthflow } from "./simulated-synthflow.ts";

export type SynthflowSimulator = Simulator<SynthflowTypes>;

/** The simulator without its server: for simulations on a virtual clock. */
export function createSynthflowSimulator(
  options: SimulatorOptions<SynthflowTypes> = {},
): SimulatorCore<SynthflowTypes> {
  return createSimulator(simulatedSynthflow, options);
}

/** @throws where the port is taken, or an option or the data file is not valid */
export async function startSynthflowSimulator(
  options: SimulatorOptions<SynthflowTypes> & ServerOptions = {},
): Promise<SynthflowSimulator> {
  return await startSimulator(simulatedSynthflow, options);
}
