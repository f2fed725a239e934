/** What a fault makes of an answer on its way to the client. */
import type { Answer, Delivery } from "./delivery.ts";
import type { BrokenAnswer, Fault } from "./fault.ts";
import { jsonAnswer } from "./json-answer.ts";
import type { ListContext, Plan, SimulatedProvider, SimulatorTypes } from "./simulated-provider.ts";

/** @param plan absent where the request did not (yet) take effect; the fault's schema then demands an answer */
export function brokenDelivery<T extends SimulatorTypes>(
  provider: SimulatedProvider<T>,
  fault: Fault,
  plan: Plan<T["list"]> | undefined,
  context: ListContext<T>,
): Delivery {
  if (fault.answer === "reset" || fault.answer === "never") return { kind: fault.answer };
  if (typeof fault.answer === "object") {
    return { kind: "answer", answer: brokenAnswer(provider, fault.answer, context) };
  }
  if (plan === undefined)
    throw new Error("a fault that does not apply the request has to say what is answered");
  const answer =
    fault.list === undefined || plan.list === undefined
      ? plan.answer
      : jsonAnswer(200, provider.brokenPage(fault.list, plan.list, context));
  if (fault.answer === undefined) return { kind: "answer", answer };
  if (fault.answer !== "truncated-json") return { kind: fault.answer, answer };
  const cut = answer.body.slice(0, Math.floor(answer.body.length / 2));
  return { kind: "answer", answer: { ...answer, body: cut } };
}

function brokenAnswer<T extends SimulatorTypes>(
  { errorAnswer }: SimulatedProvider<T>,
  { status, headers, html, message, body }: BrokenAnswer,
  { switches }: ListContext<T>,
): Answer {
  const answer = html === true ? htmlAnswer(status) : errorAnswer(status, message, switches);
  return { ...answer, body: body ?? answer.body, headers: { ...answer.headers, ...lowerCased(headers) } };
}

function htmlAnswer(status: number): Answer {
  const title = status < 400 ? "Welcome" : `${status} Bad Gateway`;
  const body = `<html>\n<head><title>${title}</title></head>\n<body><center><h1>${title}</h1></center></body>\n</html>\n`;
  return { status, headers: { "content-type": "text/html" }, body };
}

function lowerCased(headers: Readonly<Record<string, string>> = {}): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}
