/** P1: every request has come to exactly one outcome in each epoch, and a failed one to its dead letter. */
import { isTerminal, statusesBefore } from "../../../shared/change-request/record/request-state.ts";
import type { Evidence } from "./evidence.ts";

const MAX_RECEIVE_COUNT = 1_000;

export function checkOutcomes({ run }: Evidence): string[] {
  const { facts, tables } = run;
  const violations: string[] = [];
  if (run.isEndless) violations.push("liveness: the run goes round in circles");
  else if (!run.isDecided)
    violations.push("liveness: something is not decided although nothing goes wrong any more");

  if (run.mostReceives >= MAX_RECEIVE_COUNT) violations.push("P1: SQS has put a message aside");

  const records = new Map([...tables.requests.values()].map((record) => [record.requestId, record]));
  for (const { requestId, messages } of facts.requests.values()) {
    if (!records.has(requestId) && messages.length > 0) violations.push(`P1: ${requestId} has no record`);
  }
  // Every record: users' requests and the worker's own, which put a definition back.
  for (const { requestId, status, result, deadLettered } of records.values()) {
    if (!isTerminal(status)) violations.push(`P1: ${requestId} is still ${status}`);
    // What never had a message has none that could be kept.
    const isLost = result?.reason === "lost" && facts.lost.has(requestId);
    if (status === "failed" && !isLost) {
      if (deadLettered !== true) violations.push(`P1: ${requestId} failed without its dead letter`);
      const isSent = facts.deadLetters.some((letter) => letter.requestId === requestId);
      if (!isSent) violations.push(`P1: ${requestId} failed and is not in the dead-letter queue`);
    }
  }
  for (const { messageId, deadLetter, rejects } of facts.poison) {
    const letter = facts.deadLetters.find((one) => one.messageId === messageId);
    if (letter?.reason !== deadLetter) {
      violations.push(`poison: ${messageId} has the dead letter ${letter?.reason}, not ${deadLetter}`);
    }
    if (rejects !== undefined && records.get(rejects)?.status !== "rejected") {
      violations.push(`poison: ${rejects} is ${records.get(rejects)?.status}`);
    }
  }
  for (const { requestId, epoch, from, to } of facts.transitions) {
    // A record may be written for the first time with what its request has come to.
    const before = from === "none" ? "queued" : from;
    if (before !== to && !statusesBefore(to).includes(before)) {
      violations.push(`P1: ${requestId}/${epoch} went from ${from} to ${to}`);
    }
  }
  for (const [epoch, ends] of Map.groupBy(
    facts.transitions.filter(({ to }) => isTerminal(to)),
    ({ requestId, epoch }) => `${requestId}/${epoch}`,
  )) {
    if (ends.length > 1) violations.push(`P1: ${epoch} has ${ends.length} outcomes`);
  }
  return violations;
}
