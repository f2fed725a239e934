/**
 * The way of one request through a simulated provider: log, key, rate limit, route, outside edits that wait for it,
 * fault, effect, answer.
 */
import { JsonTextError, type JsonValue, parseJson } from "../../../shared/platform/json.ts";
import { bearerToken } from "./bearer-token.ts";
import { brokenDelivery } from "./broken-delivery.ts";
import type { Answer, Delivery, SimulatedRequest } from "./delivery.ts";
import type { Fault } from "./fault.ts";
import { findRoute } from "./find-route.ts";
import type { OutsideEditor } from "./outside-editor.ts";
import type { LoggedRequest } from "./request-log.ts";
import type { Plan, Route, SimulatorTypes } from "./simulated-provider.ts";
import type { SimulatorState } from "./simulator-state.ts";

export async function handleRequest<T extends SimulatorTypes>(
  state: SimulatorState<T>,
  editor: OutsideEditor<T>,
  request: SimulatedRequest,
): Promise<Delivery> {
  const entry = state.requests.begin(request, state.clock.now());
  const delivery = withDate(await answerRequest(state, editor, request, entry), state.serverNow());
  state.requests.note(entry, {
    delivery: delivery.kind,
    answeredAt: state.clock.now(),
    ...("answer" in delivery ? { status: delivery.answer.status } : {}),
  });
  return delivery;
}

async function answerRequest<T extends SimulatorTypes>(
  state: SimulatorState<T>,
  editor: OutsideEditor<T>,
  request: SimulatedRequest,
  entry: LoggedRequest,
): Promise<Delivery> {
  const { provider } = state;
  const refuse = (status: number) => ({ answer: provider.errorAnswer(status, undefined, state.switches) });
  const secret = bearerToken(request.headers["authorization"]);
  const key = secret === undefined ? undefined : state.keys.get(secret);
  if (secret === undefined || key === undefined) return answered(refuse(401));
  const limited = rateLimited(state, state.switches.rateLimitScope === "key" ? secret : key.workspace);
  if (limited !== undefined) return answered(limited);
  const found = findRoute(provider.routes, entry.method, entry.path);
  await state.scheduled.wait(state.switches.latencyMs);
  editor.requestArrived("before", entry);
  const queued = state.faults.take(entry);
  if (queued !== undefined) state.requests.note(entry, { fault: queued.id });
  await state.scheduled.wait(queued?.fault.delayMs ?? 0);
  const perform = (by: "request" | "late-commit") =>
    found === undefined ? refuse(404) : performCall(state, { ...found, secret, request, entry, by });
  const plan = applyNowOrLater(state, queued?.fault, perform);
  editor.requestArrived("after", entry);
  await state.scheduled.wait(queued?.fault.answerAfterMs ?? state.switches.answerLatencyMs);
  const query = new URLSearchParams(entry.query);
  if (queued === undefined) return answered(plan ?? refuse(500));
  return brokenDelivery(provider, queued.fault, plan, { query, switches: state.switches });
}

/** @returns the plan that was carried out; none where the fault keeps the request from taking effect now */
function applyNowOrLater<T extends SimulatorTypes>(
  state: SimulatorState<T>,
  fault: Fault | undefined,
  perform: (by: "request" | "late-commit") => Plan<T["list"]>,
): Plan<T["list"]> | undefined {
  const apply = fault?.apply ?? "now";
  if (apply === "now") return perform("request");
  if (apply !== "never") state.scheduled.after(apply.afterMs, () => perform("late-commit"));
  return undefined;
}

type Call<T extends SimulatorTypes> = {
  readonly route: Route<T>;
  readonly id: string;
  readonly secret: string;
  readonly request: SimulatedRequest;
  readonly entry: LoggedRequest;
  readonly by: "request" | "late-commit";
};

/** Decides and applies in one step, on what holds at this moment: also the key's workspace may be another by now. */
function performCall<T extends SimulatorTypes>(
  state: SimulatorState<T>,
  { route, id, secret, request, entry, by }: Call<T>,
): Plan<T["list"]> {
  const key = state.keys.get(secret);
  if (key === undefined) return { answer: state.provider.errorAnswer(401, undefined, state.switches) };
  const workspace = state.workspace(key.workspace);
  const body = readBody(request);
  const plan = route.plan({
    workspace,
    key,
    switches: state.switches,
    now: state.clock.now(),
    stamp: state.stamp(),
    id,
    query: new URLSearchParams(entry.query),
    bodyBytes: Buffer.byteLength(request.body ?? ""),
    ...(body === undefined ? {} : { body }),
  });
  if (plan.write !== undefined) {
    const { definitionId, document } = plan.write;
    workspace.store(definitionId, document, state.clock.now(), { by, request: entry.number });
    state.requests.note(entry, { applied: true, appliedAt: state.clock.now() });
  }
  return plan;
}

/** `{}` for none; `undefined` for what is not JSON or not called JSON. */
function readBody({ body, headers }: SimulatedRequest): JsonValue | undefined {
  if (body === undefined || body === "") return body === "" ? {} : undefined;
  if (!/^application\/json\b/i.test(headers["content-type"] ?? "")) return undefined;
  try {
    return parseJson(body);
  } catch (error) {
    if (error instanceof JsonTextError) return undefined;
    throw error;
  }
}

function rateLimited<T extends SimulatorTypes>(
  state: SimulatorState<T>,
  scope: string,
): { answer: Answer } | undefined {
  const admission = state.limiterOf(scope)?.(state.clock.now());
  if (admission === undefined || admission.admitted) return undefined;
  const answer = state.provider.errorAnswer(429, undefined, state.switches);
  const headers = { ...answer.headers, ...retryAfterHeader(state, admission.retryAfterMs) };
  return { answer: { ...answer, headers } };
}

function retryAfterHeader<T extends SimulatorTypes>(
  state: SimulatorState<T>,
  retryAfterMs: number,
): Record<string, string> {
  switch (state.switches.retryAfter) {
    case "none":
      return {};
    case "seconds":
      return { "retry-after": String(Math.ceil(retryAfterMs / 1_000)) };
    case "date": {
      // Dates have whole seconds: rounded up, so that waiting until then is enough.
      const at = Math.ceil((state.serverNow() + retryAfterMs) / 1_000) * 1_000;
      return { "retry-after": new Date(at).toUTCString() };
    }
    case "milliseconds":
      return { "retry-after-ms": String(Math.ceil(retryAfterMs)) };
    case "garbage":
      return { "retry-after": "soon" };
  }
}

function answered({ answer }: { readonly answer: Answer }): Delivery {
  return { kind: "answer", answer };
}

/** Every answer names the server's time, as an HTTP server does. */
function withDate(delivery: Delivery, serverNow: number): Delivery {
  if (!("answer" in delivery)) return delivery;
  const { answer } = delivery;
  const headers = { date: new Date(serverNow).toUTCString(), ...answer.headers };
  return { ...delivery, answer: { ...answer, headers } };
}
