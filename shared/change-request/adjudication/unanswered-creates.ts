/**
 * Creates that are still unanswered in other scopes than the one whose create is judged. Where a provider moves what
 * was created, what is new in another scope may be either's; creates of different scopes do not exclude each other, so
 * the other one is waited for.
 */
import type { ClaimTarget, Intent } from "../../definition/mirror/claim.ts";
import type { Attempt, Waiting } from "../attempt/attempt.ts";
import { endGivenUpWrite } from "./given-up-write.ts";

const OTHERS_WRITE_WAIT_MS = 5_000;

export class UnansweredCreates {
  readonly #attempt: Attempt;
  readonly #open = new Map<string, Intent | undefined>();

  constructor(attempt: Attempt) {
    this.#attempt = attempt;
  }

  async readIn(scope: string): Promise<void> {
    if (this.#open.has(scope)) return;
    this.#open.set(scope, (await this.#attempt.mirrors.intents(this.#target(scope))).open);
  }

  /** `undefined`: there was none when it was read, or nobody comes back for it. */
  async waitedForIn(scope: string): Promise<Waiting | undefined> {
    const intent = this.#open.get(scope);
    if (intent === undefined) return undefined;
    const isEnded = await endGivenUpWrite(
      this.#attempt,
      this.#target(scope),
      intent,
      this.#attempt.claim.leaseUntil,
    );
    return isEnded
      ? undefined
      : { kind: "wait", waitMs: OTHERS_WRITE_WAIT_MS, reason: "unanswered-write-of-another" };
  }

  #target(scope: string): ClaimTarget {
    return { kind: "create", connection: this.#attempt.connection.id, scope };
  }
}
