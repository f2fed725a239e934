/** What a worker does with a message that it does not simply delete. */

export type MessageQueue = {
  /** The message comes back after so many seconds (1 to 43 200). */
  hide(receiptHandle: string, seconds: number): Promise<void>;
  /** Sends a copy to the dead-letter queue, the body unchanged. */
  deadLetter(letter: DeadLetter): Promise<void>;
};

export type DeadLetter = {
  readonly messageId: string;
  readonly messageGroupId: string;
  readonly body: string;
  readonly reason: string;
  readonly requestId: string | undefined;
  readonly attempts: number;
};
