/** A connection's change queue as those see it who submit requests. */

export type QueuedMessage = {
  readonly connection: string;
  readonly groupId: string;
  /** Messages with the same one within five minutes are one message. */
  readonly deduplicationId: string;
  /** ASCII only: SQS replaces some characters, and refuses others. */
  readonly body: string;
};

export interface ChangeQueue {
  /** `sent: false`: no message is known to be in the queue; `reason` is the error's name. */
  send(
    message: QueuedMessage,
  ): Promise<{ readonly sent: true } | { readonly sent: false; readonly reason: string }>;
}
