/**
 * The faults that wait for their requests. One request meets at most one fault:
 * an entry with `nth` takes exactly that matching request (and with `times` those after it), counted over all
 * matching requests since it was added; of the entries without `nth` the oldest takes the next matching request
 * that nothing else took.
 */
import type { Fault } from "./fault.ts";
import { type MatchableRequest, requestMatches } from "./request-match.ts";

export type QueuedFault = {
  readonly id: number;
  readonly fault: Fault;
  /** Matching requests since it was added. */
  readonly seen: number;
  /** Requests that it was applied to. */
  readonly taken: number;
};

type Entry = { -readonly [Member in keyof QueuedFault]: QueuedFault[Member] };

export class FaultQueue {
  #entries: Entry[] = [];
  #lastId = 0;

  add(fault: Fault): number {
    this.#lastId += 1;
    this.#entries.push({ id: this.#lastId, fault, seen: 0, taken: 0 });
    return this.#lastId;
  }

  take(request: MatchableRequest): QueuedFault | undefined {
    const matching = this.#entries.filter(({ fault }) => requestMatches(fault.match, request));
    for (const entry of matching) entry.seen += 1;
    const taken =
      matching.find((entry) => entry.fault.match.nth !== undefined && isDue(entry)) ??
      matching.find(({ fault }) => fault.match.nth === undefined);
    if (taken !== undefined) taken.taken += 1;
    this.#entries = this.#entries.filter((entry) => !isSpent(entry));
    return taken;
  }

  pending(): readonly QueuedFault[] {
    return this.#entries.map((entry) => ({ ...entry }));
  }

  clear(): void {
    this.#entries = [];
  }
}

function isDue({ fault: { match }, seen }: Entry): boolean {
  const first = match.nth ?? 1;
  return seen >= first && seen < first + repetitions(match.times);
}

function isSpent({ fault: { match }, seen, taken }: Entry): boolean {
  return match.nth === undefined
    ? taken >= repetitions(match.times)
    : seen >= match.nth + repetitions(match.times) - 1;
}

function repetitions(times: number | "always" | undefined): number {
  return times === "always" ? Number.POSITIVE_INFINITY : (times ?? 1);
}
