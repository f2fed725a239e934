/** May a connection be used now? Its workers write it down, the API shows it. */

export const connectionStates = ["active", "degraded", "writes-paused", "paused"] as const;

export type ConnectionHealth = {
  readonly state: (typeof connectionStates)[number];
  /** Machine-readable, or an operator's own words; absent for `active`. */
  readonly reason?: string;
  /** Epoch ms. */
  readonly since?: number;
};

export interface ConnectionHealthStore {
  /** A connection of which nothing is written down is active. */
  read(connection: string): Promise<ConnectionHealth>;
}
