/** What really happened in a run, noted while it happens: the model checker compares it with what is recorded. */
import type { Effect } from "../../../infra/local/simulators/effects-log.ts";
import type { RequestStatus } from "../../../shared/change-request/record/request-state.ts";

/** A call that reached the provider. */
export type ArrivedCall = {
  /** The simulator's number of the request. */
  readonly number: number;
  readonly method: string;
  readonly path: string;
  readonly at: number;
  /** Effects at the provider before it arrived. */
  readonly effectsBefore: number;
  readonly requestId: string;
  readonly epoch: number;
  readonly invocation: number;
};

/** One delivery of a message to a process. */
export type Invocation = {
  readonly number: number;
  /** Absent for a message without a usable one. */
  readonly requestId: string;
  readonly startedAt: number;
  /** Absent while it runs. */
  end?: "returned" | "threw" | "crash" | "lease-end";
  /** Did a step of it fail? */
  failed: boolean;
};

/** A request whose message was sent. */
export type SentRequest = {
  readonly requestId: string;
  readonly operation: string;
  readonly definitionId?: string;
  readonly body: string;
  readonly messages: SentRequestMessage[];
};

export type SentRequestMessage = {
  readonly groupId: string;
  /** Position among all messages of the queue. */
  readonly sequence: number;
  readonly at: number;
};

/** A message that no worker can apply. */
export type PoisonMessage = {
  readonly messageId: string;
  /** Of its dead letter; absent where the request is recorded as `rejected` instead. */
  readonly deadLetter?: string;
  /** That of a request that is rejected. */
  readonly rejects?: string;
};

/** A change of a record's state, as the tables show it. */
export type Transition = {
  readonly requestId: string;
  readonly epoch: number;
  readonly from: RequestStatus | "none";
  readonly to: RequestStatus;
  readonly at: number;
};

export type DeadLetterSent = {
  readonly messageId: string;
  readonly requestId: string | undefined;
  readonly reason: string;
  readonly at: number;
};

/** An attempt that a record counts because a write was to be begun. */
export type BegunAttempt = { readonly requestId: string; readonly epoch: number; readonly attempts: number };

/** What runs have done that the tables do not tell afterwards. */
export type ScanFacts = {
  /** Epoch ms between which a definition was hidden from runs. */
  readonly hidden: Map<string, { readonly from: number; readonly until: number }>;
  readonly observations: RecordedObservation[];
  /** So many runs were going on at the same time, at the worst moment. */
  mostRuns: number;
  /** Of the runs at the end, in which nothing goes wrong: so many completed in a row, and what the last one recorded. */
  quietRuns: number;
  lastObservations: number;
};

/** An observation was recorded: who was at work on the definition, or on its scope's creates where it is new? */
export type RecordedObservation = {
  readonly definitionId: string;
  readonly version: number;
  readonly at: number;
  /** Epoch ms. */
  readonly claimedUntil?: number;
  /** The request of an open intent. */
  readonly openIntent?: string;
};

export type Facts = {
  readonly scans: ScanFacts;
  readonly attempts: BegunAttempt[];
  readonly calls: ArrivedCall[];
  readonly invocations: Invocation[];
  readonly requests: Map<string, SentRequest>;
  readonly poison: PoisonMessage[];
  /** Requests whose record was put and whose message was not sent. */
  readonly lost: Set<string>;
  /** Requests of which a write was not answered, or not with what it was. */
  readonly unanswered: Set<string>;
  readonly transitions: Transition[];
  readonly deadLetters: DeadLetterSent[];
  readonly effects: Effect[];
};

export function noFacts(): Facts {
  return {
    scans: { hidden: new Map(), observations: [], mostRuns: 0, quietRuns: 0, lastObservations: 0 },
    attempts: [],
    calls: [],
    invocations: [],
    requests: new Map(),
    poison: [],
    lost: new Set(),
    unanswered: new Set(),
    transitions: [],
    deadLetters: [],
    effects: [],
  };
}

/** The call that an effect comes from; `undefined` for somebody else's. */
export function callOf(facts: Pick<Facts, "calls">, { cause }: Effect): ArrivedCall | undefined {
  return "request" in cause ? facts.calls[cause.request - 1] : undefined;
}
