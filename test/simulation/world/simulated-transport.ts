/**
 * The way to the provider and back in virtual time: the simulator instead of a socket, the deadline on the virtual
 * clock, the meaning of answers as over HTTP.
 */
import type { Delivery, SimulatedRequest } from "../../../infra/local/simulators/delivery.ts";
import type { FaultInput } from "../../../infra/local/simulators/fault.ts";
import {
  callFailure,
  completeAnswer,
  type HttpAnswer,
  isSuccess,
} from "../../../shared/providers/http-answer.ts";
import type { ProviderAnswer } from "../../../shared/providers/provider-answer.ts";
import type { ProviderCall, ProviderTransport } from "../../../shared/providers/provider-call.ts";
import type { CallFailureCode } from "../../../shared/providers/provider-call-error.ts";
import type { Chance } from "./chance.ts";
import type { ProviderFaults } from "./provider-faults.ts";
import { SETTLE_MS } from "./scenario.ts";
import type { StepFaults } from "./step-faults.ts";
import type { VirtualTime } from "./virtual-time.ts";
import { forEver, type WorkerProcess } from "./worker-process.ts";

const MAX_LATENCY_MS = 40;

export type TransportWorld = {
  readonly time: VirtualTime;
  readonly chance: Chance;
  readonly stepFaults: StepFaults;
  readonly providerFaults: ProviderFaults;
  /** The request reaches the simulator. */
  arrive(request: SimulatedRequest, fault: FaultInput | undefined, sender: Sender): Promise<Delivery>;
  /** It stays unknown whether a write of the sender happened. */
  unanswered(sender: Sender): void;
  trace(line: () => string): void;
};

/** Which request a call was made for; known at the moment of sending, whatever becomes of the process. */
export type Sender = {
  readonly process: WorkerProcess;
  readonly requestId: string;
  readonly epoch: number;
  readonly invocation: number;
  /** Epoch ms at which the process is killed. */
  readonly leaseUntil: number;
};

export function simulatedTransport(
  world: TransportWorld,
  senderNow: () => Sender,
  apiKey: () => Promise<string>,
): ProviderTransport {
  return async (call) => {
    const key = await apiKey();
    const sender = senderNow();
    const fault = world.stepFaults.next();
    const crash = fault?.startsWith("crash-") === true ? fault : undefined;
    const { process } = sender;
    world.trace(() => `${process.name} ${call.method} ${call.path} ${call.body ?? ""} ${crash ?? ""}`);
    if (crash === "crash-before" || crash === "crash-in-flight") process.end("crash");
    if (crash === "crash-before") return await forEver();
    return await new Exchange(world, sender, call, key).run(crash === "crash-after");
  };
}

class Exchange {
  readonly #world: TransportWorld;
  readonly #sender: Sender;
  readonly #call: ProviderCall;
  readonly #key: string;
  readonly #result = Promise.withResolvers<ProviderAnswer>();
  readonly #sentAt: number;
  readonly #cancelDeadline: () => void;
  #partial: HttpAnswer | undefined;
  #isOver = false;

  constructor(world: TransportWorld, sender: Sender, call: ProviderCall, key: string) {
    this.#world = world;
    this.#sender = sender;
    this.#call = call;
    this.#key = key;
    this.#sentAt = world.time.now();
    this.#cancelDeadline = world.time.after(call.timeoutMs, () => this.#fail("timeout", "deadline"));
  }

  run(crashAfterEffect: boolean): Promise<ProviderAnswer> {
    const { time, providerFaults } = this.#world;
    const endsAt = Math.min(this.#sentAt + this.#call.timeoutMs, this.#sender.leaseUntil);
    // From the request's arrival on; an effect in the last moment is one.
    const latestMs = endsAt + SETTLE_MS - time.now() - 2 * MAX_LATENCY_MS;
    const trouble = providerFaults.next(this.#call, time.now(), latestMs);
    if (trouble?.kind === "fault" && trouble.losesAnswer && this.#call.method !== "GET") {
      this.#world.unanswered(this.#sender);
    }
    if (trouble !== undefined) this.#world.trace(() => `  meets ${JSON.stringify(trouble)}`);
    time.after(this.#latencyMs(), () => {
      if (trouble?.kind === "unreachable") this.#fail("unreachable", "ECONNREFUSED");
      else this.#arrive(trouble?.fault, crashAfterEffect);
    });
    return this.#result.promise;
  }

  #arrive(fault: FaultInput | undefined, crashAfterEffect: boolean): void {
    const { method, path, body } = this.#call;
    const request: SimulatedRequest = {
      method,
      target: path,
      headers: { authorization: `Bearer ${this.#key}`, "content-type": "application/json" },
      body: body ?? "",
    };
    void this.#world.arrive(request, fault, this.#sender).then((delivery) => {
      if (crashAfterEffect) this.#sender.process.end("crash");
      this.#world.time.after(this.#latencyMs(), () => this.#receive(delivery));
    });
  }

  #receive(delivery: Delivery): void {
    switch (delivery.kind) {
      case "answer": {
        const answer = this.#answerOf(delivery.answer, 1);
        const complete = isSuccess(answer.status) ? completeAnswer(answer) : undefined;
        this.#partial = answer;
        if (complete === undefined) this.#fail("malformed-answer", undefined);
        else this.#end(() => this.#result.resolve(complete), `${answer.status} ${complete.text}`);
        return;
      }
      case "stalled-body":
        this.#partial = this.#answerOf(delivery.answer, 0.5);
        return;
      case "cut-body":
        this.#partial = this.#answerOf(delivery.answer, 0.5);
        this.#fail("connection-lost", "UND_ERR_SOCKET");
        return;
      case "reset":
        this.#fail("connection-lost", "ECONNRESET");
        return;
      case "never":
        return;
    }
  }

  #answerOf(
    { status, headers, body }: { status: number; headers: Readonly<Record<string, string>>; body: string },
    share: number,
  ): HttpAnswer {
    const bytes = Buffer.from(body);
    return {
      status,
      headers,
      body: bytes.subarray(0, Math.floor(bytes.length * share)),
      beganAt: this.#world.time.now(),
      durationMs: this.#world.time.now() - this.#sentAt,
    };
  }

  #fail(code: CallFailureCode, cause: string | undefined): void {
    const context = { ...this.#call, key: this.#key, now: this.#world.time.now() };
    const failure = callFailure(code, cause, this.#partial, context);
    this.#end(() => this.#result.reject(failure), failure.message);
  }

  #end(settle: () => void, outcome: string): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#cancelDeadline();
    this.#world.trace(() => `${this.#sender.process.name} ${this.#call.method} → ${outcome}`);
    this.#sender.process.deliver(settle);
  }

  #latencyMs(): number {
    return this.#world.chance.between(2, MAX_LATENCY_MS);
  }
}
