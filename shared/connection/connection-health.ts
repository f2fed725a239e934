/** May a connection be used now? Its workers write it down, the API shows it. */

export const connectionStates = ["active", "degraded", "writes-paused", "paused"] as const;
export type ConnectionState = (typeof connectionStates)[number];

export type ConnectionHealth = {
  readonly state: ConnectionState;
  /** Machine-readable, or an operator's own words; absent for `active`. */
  readonly reason?: string;
  /** Epoch ms; absent for `active`. */
  readonly since?: number;
  /** An operator's pause ends only by an operator's resume. */
  readonly pausedBy?: "system" | "operator";
  /** Counts the writes of this item, from 1; 0 where nothing was ever written down. */
  readonly revision: number;
  /** Deliveries in a row that ended in a fault of the provider. */
  readonly failuresInRow: number;
  /** Epoch ms of a fault since which no write has been confirmed: the next one is noted as {@link lastWrite}. */
  readonly faultAt?: number;
  /** The last write that the provider has confirmed; only noted while there is a failure to compare it with. */
  readonly lastWrite?: { readonly requestId: string; readonly at: number };
  /** Milliseconds of all past times in which the connection was not active; the present one is not in it. */
  readonly unhealthyMs: number;
  /** While not active, but for an operator's pause: epoch ms of the next probe, and how many there have been. */
  readonly nextProbeAt?: number;
  readonly probes?: number;
  /** While the key is refused: the version of the secret that was refused. */
  readonly keyVersion?: string;
  /**
   * The workspace that the connection's key belongs to, in the provider's words; `null` where the provider does not
   * say. Absent until it is asked for, and after an operator's resume.
   */
  readonly workspace?: string | null;
  /**
   * The version of the secret that is known to open the account. Absent until the connection is used, and after an
   * operator's resume.
   */
  readonly accountKeyVersion?: string;
  /** Epoch ms since which another version is in use as well, of which that is not known. */
  readonly otherKeySince?: number;
  /**
   * The version of the secret whose account an operator has confirmed, while little of what is known was in it, and its
   * name did not tell. Until more is.
   */
  readonly acceptedKeyVersion?: string;
  /** Epoch ms at which an operator has confirmed that the key's account is the right one, though it seemed another. */
  readonly accountSince?: number;
};

export const pristineHealth: ConnectionHealth = {
  state: "active",
  revision: 0,
  failuresInRow: 0,
  unhealthyMs: 0,
};

/** Nothing is wrong, and nothing was since the last confirmed write: a success need not be written down. */
export function isPristine({ state, failuresInRow, faultAt }: ConnectionHealth): boolean {
  return state === "active" && failuresInRow === 0 && faultAt === undefined;
}

/** Milliseconds in which the connection was not active until `now` (epoch ms), the present time included. */
export function unhealthyMs({ since, unhealthyMs }: ConnectionHealth, now: number): number {
  // Another worker's clock may be ahead.
  return unhealthyMs + (since === undefined ? 0 : Math.max(0, now - since));
}

export interface ConnectionHealthStore {
  /** Strongly consistent. A connection of which nothing is written down is {@link pristineHealth}. */
  read(connection: string): Promise<ConnectionHealth>;
  /** Writes what follows the revision before. `false`: somebody else was faster; read again. */
  write(connection: string, health: ConnectionHealth): Promise<boolean>;
}
