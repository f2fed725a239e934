/** A delivery of a change request's message, and what becomes of the message after it. */
import type { RequestRecord } from "../record/request-record.ts";
import type { TerminalStatus } from "../record/request-state.ts";

/** What the queue knows of a delivery of the message. */
export type Delivery = {
  /** The message's text; kept when the request fails, so that it can be retried. */
  readonly body: string;
  readonly receiveCount: number;
  /** Who sent the message, as SQS says. */
  readonly senderId: string;
  /** Epoch ms when the message was sent. */
  readonly sentAt: number;
  /** Epoch ms at which the invocation is killed by the platform. */
  readonly invocationEndsAt: number;
};

/** What becomes of the message. */
export type Disposition =
  /** The outcome is written: the message is deleted. */
  | { readonly kind: "done"; readonly status?: TerminalStatus }
  /** It comes back after this time. */
  | { readonly kind: "wait"; readonly waitMs: number; readonly reason: string }
  /** It goes to the dead-letter queue. With a record: the record's flag is set after that. */
  | { readonly kind: "dead-letter"; readonly reason: string; readonly record?: RequestRecord };
