/** A simulated Retell, with a server or without. */
import type { SimulatorOptions } from "../simulator-state.ts";
import {
  createSimulator,
  type ServerOptions,
  type Simulator,
  type SimulatorCore,
  startSimulator,
} from "../start-simulator.ts";
import type { RetellTypes } from "./plan.ts";
import { simulatedRetell } from "./simulated-retell.ts";

export type RetellSimulator = Simulator<RetellTypes>;

/** The simulator without its server: for simulations on a virtual clock. */
export function createRetellSimulator(
  options: SimulatorOptions<RetellTypes> = {},
): SimulatorCore<RetellTypes> {
  return createSimulator(simulatedRetell, options);
}

/** @throws where the port is taken, or an option or the data file is not valid */
export async function startRetellSimulator(
  options: SimulatorOptions<RetellTypes> & ServerOptions = {},
): Promise<RetellSimulator> {
  return await startSimulator(simulatedRetell, options);
}
