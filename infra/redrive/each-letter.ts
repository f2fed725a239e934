/** Goes through a dead-letter queue once. */
import type { DeadLetterQueue, ReceivedLetter } from "./dead-letter-queue.sqs.ts";

/**
 * Deletes the letters that `isSettled` says are, and lets everybody see the others again at the end. They stay hidden
 * until then, so none is met twice, and those behind them in their message groups are not met at all.
 *
 * @returns how many letters were left, and about how many could not be seen behind them
 */
export async function eachLetter(
  queue: DeadLetterQueue,
  isSettled: (letter: ReceivedLetter) => Promise<boolean>,
): Promise<{ readonly left: number; readonly unseen: number }> {
  const left = new Map<string, ReceivedLetter>();
  try {
    for (;;) {
      const letters = await queue.receive();
      const fresh = letters.filter(({ messageId }) => !left.has(messageId));
      // One that took so long that it came back is hidden again, under a new receipt.
      for (const letter of letters) left.set(letter.messageId, letter);
      if (fresh.length === 0) break;
      for (const letter of fresh) {
        if (!(await isSettled(letter))) continue;
        await queue.delete(letter);
        left.delete(letter.messageId);
      }
    }
  } finally {
    for (const letter of left.values()) await queue.release(letter);
  }
  const unseen = left.size === 0 ? 0 : Math.max(0, (await queue.count()) - left.size);
  return { left: left.size, unseen };
}
