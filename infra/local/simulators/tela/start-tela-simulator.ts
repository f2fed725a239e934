/** A simulated Tela with its server. */
import type { SimulatorOptions } from "../simulator-state.ts";
import { type ServerOptions, type Simulator, startSimulator } from "../start-simulator.ts";
import type { TelaTypes } from "./plan.ts";
import { simulatedTela } from "./simulated-tela.ts";

export type TelaSimulator = Simulator<TelaTypes>;

/** @throws where the port is taken, or an option or the data file is not valid */
export async function startTelaSimulator(
  options: SimulatorOptions<TelaTypes> & ServerOptions = {},
): Promise<TelaSimulator> {
  return await startSimulator(simulatedTela, options);
}
