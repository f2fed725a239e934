/** For peers that do not repeat a refused call themselves: after the time that its 429 names, or a second. */
import { setTimeout as delay } from "node:timers/promises";
import { epochNow } from "../call-trace.ts";
import type { CallAnswer } from "../provider-calls.http.ts";
import type { PolicyParts, Work } from "./policy.ts";

export const REPEAT_AFTER_MS = 1_000;

/** @param acquire resolves when the policy lets the next call go */
export function workUntilAccepted({ task, calls }: PolicyParts, acquire: () => Promise<void>): Work {
  const repeat = async (call: () => Promise<CallAnswer>): Promise<CallAnswer> => {
    for (;;) {
      await acquire();
      const answer = await call();
      if (answer.accepted) return answer;
      await delay(answer.retryAfterMs ?? REPEAT_AFTER_MS);
    }
  };
  return async () => {
    const wantedAt = epochNow();
    const { document, answeredAt } = await repeat(() => calls.get({ wantedAt }));
    if (task.cell.form === "single") return;
    await repeat(() =>
      calls.put(
        { ...document, name: `At ${answeredAt}` },
        { wantedAt: answeredAt, readAnsweredAt: answeredAt },
      ),
    );
  };
}
