/** A process that works off a backlog: it reserves, waits for its slots, calls, and tells what the answers said. */
import type { Limiter, Slot } from "../../../../shared/rate-limit/limiter.ts";
import { ReadSpan, readAt } from "../../../../shared/rate-limit/read-span.ts";
import type { VirtualTime } from "../../../simulation/world/virtual-time.ts";
import { DELIVERY_MS, type ModelOptions } from "./model-options.ts";
import { type ModelledProvider, sleep } from "./modelled-provider.ts";

export class ModelledWorker {
  readonly #limiter: Limiter;
  readonly #provider: ModelledProvider;
  readonly #time: VirtualTime;
  readonly #form: ModelOptions["form"];
  readonly #readSpan = new ReadSpan();
  #isAlive = true;
  /** Reserved slots that came to nothing: late, or in a pause. */
  lostSlots = 0;

  constructor(limiter: Limiter, provider: ModelledProvider, time: VirtualTime, form: ModelOptions["form"]) {
    this.#limiter = limiter;
    this.#provider = provider;
    this.#time = time;
    this.#form = form;
  }

  kill(): void {
    this.#isAlive = false;
  }

  async run(): Promise<void> {
    while (this.#isAlive) {
      await (this.#form === "single" ? this.#single() : this.#pair());
      await sleep(this.#time, DELIVERY_MS);
    }
  }

  async #single(): Promise<void> {
    const [slot] = await this.#reserve(1);
    if (slot !== undefined) await this.#call(slot, slot.startsAt);
  }

  async #pair(): Promise<void> {
    const [first, second] = await this.#reserve(2);
    if (first === undefined || second === undefined) return;
    const beganAt = await this.#call(first, readAt(first, second, this.#readSpan));
    if (beganAt === undefined) {
      this.lostSlots += 1;
      return;
    }
    this.#readSpan.took(this.#time.now() - beganAt);
    const [write] = this.#limiter.now() < second.expiresAt ? [second] : await this.#reserve(1);
    if (write !== second) this.lostSlots += 1;
    if (write !== undefined) await this.#call(write, write.startsAt, { isBehindRead: true });
  }

  async #reserve(slots: 1 | 2): Promise<readonly Slot[]> {
    const answer = await this.#limiter.reserve({ lane: "change", slots });
    if (answer.kind === "reserved") return answer.slots;
    await sleep(this.#time, answer.waitMs);
    return [];
  }

  /** When it was sent, if it was accepted. */
  async #call(
    slot: Slot,
    sendAt: number,
    { isBehindRead } = { isBehindRead: false },
  ): Promise<number | undefined> {
    const limiter = this.#limiter;
    await sleep(this.#time, Math.max(0, sendAt - limiter.now()));
    if (!this.#isAlive) return undefined;
    if (limiter.now() >= slot.expiresAt || limiter.pausedUntil() > limiter.now()) {
      this.lostSlots += 1;
      return undefined;
    }
    const sentAt = this.#time.now();
    const { accepted, retryAfterMs } = await this.#provider.call();
    await limiter.learn({
      rejected: !accepted,
      tooNear: isBehindRead && this.#readSpan.isTrial,
      ...(retryAfterMs !== undefined && { retryAfterMs }),
    });
    if (isBehindRead) this.#readSpan.writeAnswered(!accepted);
    return accepted ? sentAt : undefined;
  }
}
