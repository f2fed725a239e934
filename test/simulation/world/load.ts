/** Everything that users send in a run: requests by the API and straight to the queue, duplicates, cancels, retries. */
import type { Effect } from "../../../infra/local/simulators/effects-log.ts";
import type { QueuedMessage } from "../../../shared/change-request/submission/change-queue.ts";
import type { Chance } from "./chance.ts";
import { callOf, type Facts } from "./facts.ts";
import type { FifoQueue } from "./fifo-queue.ts";
import type { RequestBody, RequestMaker } from "./request-maker.ts";
import { type LoadPlan, QUIET_MS } from "./scenario.ts";
import type { SimulatedAccount } from "./simulated-account.ts";
import type { SimulatedApi } from "./simulated-api.ts";
import type { VirtualTime } from "./virtual-time.ts";

export type LoadWorld = {
  readonly time: VirtualTime;
  readonly chance: Chance;
  readonly facts: Facts;
  readonly queue: FifoQueue;
  readonly account: SimulatedAccount;
  readonly maker: RequestMaker;
  /** The message that a request is, with its right group. */
  messageOf(body: RequestBody): QueuedMessage;
  readonly api: SimulatedApi;
  trace(line: () => string): void;
};

const FOLLOW_UPS = 3;

export class Load {
  readonly #world: LoadWorld;
  readonly #plan: LoadPlan;
  #planned = 0;
  #followUps = 0;
  #duplicates = 0;
  #poison = 0;

  constructor(world: LoadWorld, plan: LoadPlan) {
    this.#world = world;
    this.#plan = plan;
  }

  /** Nothing more will be sent, but for operators' retries. */
  get isOver(): boolean {
    return this.#planned === 0;
  }

  start(definitionIds: readonly string[]): void {
    const { chance, maker } = this.#world;
    for (let i = 0; i < this.#plan.requests; i += 1) {
      this.#later(QUIET_MS + chance.between(0, this.#plan.withinMs), () => {
        const isCreate = definitionIds.length === 0 || chance.happens(this.#plan.creates);
        // Now and then one that never was.
        const id = chance.happens(0.04) ? "test_case_unknown" : chance.pick(definitionIds);
        this.#send(isCreate ? maker.create() : maker.edit(id));
      });
    }
  }

  /** A definition that we have just created may be edited before its creation has been recorded. */
  onEffect(effect: Effect): void {
    const { chance, facts, maker } = this.#world;
    if (effect.kind !== "created" || callOf(facts, effect) === undefined) return;
    if (this.#followUps >= FOLLOW_UPS || !chance.happens(this.#plan.followUps)) return;
    this.#followUps += 1;
    this.#later(chance.magnitude(1, 60_000), () => this.#send(maker.edit(effect.definitionId)));
  }

  /** A request has been given up: an operator may want it to be tried again. */
  onFailed(requestId: string): void {
    const { chance, api, facts } = this.#world;
    if (facts.lost.has(requestId) || !chance.happens(this.#plan.retries)) return;
    this.#later(chance.magnitude(10, 600_000), () => this.#during(api.retry(requestId)));
  }

  /** A look at every definition that anybody has ever seen, so that the mirror can be compared. */
  lookAtEverything(definitionIds: Iterable<string>): void {
    for (const id of definitionIds) this.#sendMessage(this.#world.maker.look(id));
  }

  #send(body: RequestBody): void {
    const { chance, trace, api, facts } = this.#world;
    trace(() => `user: ${JSON.stringify(body)}`);
    if (chance.happens(0.5)) {
      this.#note(body);
      const isLost = chance.happens(this.#plan.lostMessages);
      if (isLost) facts.lost.add(body.requestId);
      if (isLost) void api.submit(body, isLost);
      else this.#during(api.submit(body));
    } else if (chance.happens(this.#plan.wrongGroup)) {
      this.#sendMessage(body, otherGroup(chance));
    } else this.#sendMessage(body);
    if (chance.happens(this.#plan.duplicates)) {
      this.#later(chance.magnitude(1, 240_000), () => this.#sendDuplicate(body));
    }
    if (chance.happens(this.#plan.poison)) {
      this.#later(chance.magnitude(2_000, 120_000), () => this.#sendPoison(body.requestId));
    }
    if (chance.happens(this.#plan.cancels)) {
      this.#later(chance.magnitude(1, 60_000), () => this.#during(api.cancel(body.requestId)));
    }
  }

  #sendMessage(body: RequestBody, wrongGroup?: string): void {
    this.#note(body);
    const { deduplicationId, groupId, body: text } = this.#world.messageOf(body);
    this.enqueue(body.requestId, { deduplicationId, groupId: wrongGroup ?? groupId, body: text });
  }

  #sendDuplicate(body: RequestBody): void {
    const { chance, messageOf, trace } = this.#world;
    const message = messageOf(body);
    this.#duplicates += 1;
    const groupId = chance.happens(this.#plan.otherGroup) ? otherGroup(chance) : message.groupId;
    trace(() => `user: ${body.requestId} once more in ${groupId}`);
    this.enqueue(body.requestId, {
      body: message.body,
      groupId,
      deduplicationId: `again-${this.#duplicates}`,
    });
  }

  /** Behind the messages of a request, so that its group has to get past it. */
  #sendPoison(requestId: string): void {
    const { chance, facts, queue, trace } = this.#world;
    const groupId = facts.requests.get(requestId)?.messages[0]?.groupId;
    if (groupId === undefined) return;
    this.#poison += 1;
    const id = `poison-${this.#poison}`;
    const { body, ...fate } = chance.pick([
      { body: "{", deadLetter: "not-json" },
      { body: '{"operation":"delete","definitionId":"test_case_1"}', deadLetter: "invalid-request" },
      { body: `{"requestId":"${id}","operation":"explode"}`, rejects: id },
      {
        body: `{"requestId":"${requestId}","operation":"delete","definitionId":"another"}`,
        deadLetter: "request-id-reused",
      },
    ]);
    trace(() => `user: ${body} in ${groupId}`);
    const message = queue.send({ body, groupId, deduplicationId: id });
    if (message !== undefined) facts.poison.push({ messageId: message.messageId, ...fate });
  }

  /** A request of reconciliation. */
  heal({ body, ...message }: QueuedMessage): void {
    const heal = JSON.parse(body) as RequestBody;
    if (!this.#world.facts.requests.has(heal.requestId)) this.#note(heal);
    this.enqueue(heal.requestId, { ...message, body });
  }

  /** Into the queue; the facts know of it. */
  enqueue(requestId: string, message: Omit<QueuedMessage, "connection">): void {
    const sent = this.#world.queue.send(message);
    if (sent === undefined) return;
    const { sequence, groupId, sentAt } = sent;
    this.#world.facts.requests.get(requestId)?.messages.push({ sequence, groupId, at: sentAt });
  }

  #note(body: RequestBody): void {
    const { requestId, operation } = body;
    const { definitionId } = body as { definitionId?: string };
    this.#world.facts.requests.set(requestId, {
      requestId,
      operation,
      ...(definitionId !== undefined && { definitionId }),
      body: JSON.stringify(body),
      messages: [],
    });
  }

  #during(work: Promise<void>): void {
    this.#planned += 1;
    void work.then(() => {
      this.#planned -= 1;
    });
  }

  #later(delayMs: number, action: () => void): void {
    this.#planned += 1;
    this.#world.time.after(delayMs, () => {
      this.#planned -= 1;
      action();
    });
  }
}

function otherGroup(chance: Chance): string {
  return `other-${chance.between(1, 2)}`;
}
