/** Provider calls that reach the simulated Retell without a socket, with hooks around them and lies in their answers. */
import type { Delivery, SimulatedRequest } from "../../../infra/local/simulators/delivery.ts";
import {
  callFailure,
  codeOfStatus,
  completeAnswer,
  isSuccess,
} from "../../../shared/providers/http-answer.ts";
import type { ProviderCall, ProviderTransport } from "../../../shared/providers/provider-call.ts";
import { ProviderCallError } from "../../../shared/providers/provider-call-error.ts";
import type { PassingClock } from "./passing-clock.ts";

const API_KEY = "key_test";
/** One way. */
const LATENCY_MS = 20;

export type TransportHooks = {
  /** Before the request reaches the provider. */
  before?: ((call: ProviderCall) => void | Promise<void>) | undefined;
  /** After it was answered, before anybody has read the answer. */
  after?: ((call: ProviderCall) => void | Promise<void>) | undefined;
  /** What comes back instead. */
  lie?: ((delivery: Delivery, call: ProviderCall) => Delivery) | undefined;
};

export function directTransport(
  simulator: { handle(request: SimulatedRequest): Promise<Delivery> },
  clock: PassingClock,
  hooks: TransportHooks,
  /** The simulator's own pages hold so many rows. */
  pageSize: number,
): ProviderTransport {
  return async (call) => {
    const sentAt = clock.now();
    await hooks.before?.(call);
    clock.pass(LATENCY_MS);
    const delivery = await simulator.handle({
      method: call.method,
      target: call.path.replace(/limit=\d+/, `limit=${pageSize}`),
      headers: { authorization: `Bearer ${API_KEY}`, "content-type": "application/json" },
      body: call.body ?? "",
    });
    await hooks.after?.(call);
    clock.pass(LATENCY_MS);
    const answered = hooks.lie?.(delivery, call) ?? delivery;
    const failure = (code: ProviderCallError["code"], cause?: string) =>
      callFailure(code, cause, undefined, { ...call, key: API_KEY, now: clock.now() });
    switch (answered.kind) {
      case "reset":
      case "cut-body":
        throw failure("connection-lost", "ECONNRESET");
      case "never":
      case "stalled-body":
        clock.pass(call.timeoutMs);
        throw failure("timeout", "deadline");
      case "answer": {
        const { status, headers, body } = answered.answer;
        const answer = {
          status,
          headers,
          body: Buffer.from(body),
          beganAt: clock.now(),
          durationMs: clock.now() - sentAt,
        };
        if (!isSuccess(status)) {
          throw callFailure(codeOfStatus(status), undefined, answer, {
            ...call,
            key: API_KEY,
            now: clock.now(),
          });
        }
        const complete = completeAnswer(answer);
        if (complete === undefined) throw new ProviderCallError({ code: "malformed-answer", status });
        return complete;
      }
    }
  };
}
