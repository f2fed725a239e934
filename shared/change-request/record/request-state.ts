/** The states of a change request and the transitions between them, as data; each write enforces its own. */

export const openStatuses = ["queued", "applying"] as const;
export const terminalStatuses = [
  "applied",
  "unchanged",
  "conflict",
  "rejected",
  "cancelled",
  "failed",
] as const;

export type OpenStatus = (typeof openStatuses)[number];
export type TerminalStatus = (typeof terminalStatuses)[number];
export type RequestStatus = OpenStatus | TerminalStatus;

const transitions: Readonly<Record<RequestStatus, readonly RequestStatus[]>> = {
  /** To applied: a retry finds that the undecided write of an earlier epoch happened, and needs no attempt. */
  queued: ["applying", "applied", "unchanged", "conflict", "rejected", "cancelled", "failed"],
  /** To itself: a new attempt. */
  applying: ["applying", "applied", "unchanged", "conflict", "rejected", "failed"],
  /** An operator's retry opens a new epoch. */
  failed: ["queued"],
  applied: [],
  unchanged: [],
  conflict: [],
  rejected: [],
  cancelled: [],
};

export function isTerminal(status: RequestStatus): status is TerminalStatus {
  return (terminalStatuses as readonly RequestStatus[]).includes(status);
}

export function isRequestStatus(value: string): value is RequestStatus {
  return Object.hasOwn(transitions, value);
}

/** The states from which a request may come into `status`. */
export function statusesBefore(status: RequestStatus): readonly RequestStatus[] {
  return (Object.keys(transitions) as RequestStatus[]).filter((from) => transitions[from].includes(status));
}
