/** P3: requests of one message group take effect in the order in which they were queued. */
import type { Evidence } from "./evidence.ts";

export function checkOrder({ run, states, tooLate }: Evidence): string[] {
  const { facts, tables } = run;
  const retried = new Set(
    [...tables.requests.values()].filter(({ epoch }) => epoch > 1).map(({ requestId }) => requestId),
  );
  const violations: string[] = [];
  const lastOf = new Map<string, { requestId: string; sequence: number }>();
  for (const { call, effect } of states) {
    const request = call && facts.requests.get(call.requestId);
    if (request === undefined || effect.kind === "unchanged") continue;
    const { requestId, messages } = request;
    const [first] = messages;
    // A message in a wrong group costs the order.
    const isInOneGroup = messages.every(({ groupId }) => groupId === first?.groupId);
    if (first === undefined || !isInOneGroup || retried.has(requestId) || tooLate.has(requestId)) continue;
    const last = lastOf.get(first.groupId);
    if (last !== undefined && last.sequence > first.sequence) {
      violations.push(`P3: ${requestId} took effect after ${last.requestId}, which was queued later`);
    }
    lastOf.set(first.groupId, { requestId, sequence: first.sequence });
  }
  return violations;
}
