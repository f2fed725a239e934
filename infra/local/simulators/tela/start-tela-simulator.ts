/** A simulated Tela, with a server or without. */
import type { SimulatorOptions } from "../simulator-state.ts";
import {
  createSimulator,
  type ServerOptions,
  type Simulator,
  type SimulatorCore,
  startSimulator,
} from "../start-simulator.ts";
import type { TelaTypes } from "./plan.ts";
import { simulatedTela } from "./simulated-tela.ts";

export type TelaSimulator = Simulator<TelaTypes>;

/** The simulator without its server: for simulations on a virtual clock. */
export function createTelaSimulator(options: SimulatorOptions<TelaTypes> = {}): SimulatorCore<TelaTypes> {
  return createSimulator(simulatedTela, options);
}

/** @throws where the port is taken, or an option or the data file is not valid */
export async function startTelaSimulator(
  options: SimulatorOptions<TelaTypes> & ServerOptions = {},
): Promise<TelaSimulator> {
  return await startSimulator(simulatedTela, options);
}
