/** What is to be done about a dead letter. Pure. */

export type Letter = {
  /** From the message attributes; those of a letter that SQS has moved by itself are its sender's. */
  readonly requestId?: string;
  readonly reason?: string;
  readonly attempts?: number;
  /** What its body says; only to be shown. */
  readonly requestIdInBody?: string;
  /** Epoch ms at which it came into the dead-letter queue. */
  readonly sentAt: number;
};

/** A change request as the API shows it. */
export type RequestState = { readonly status: string; readonly epoch: number };

export type LetterPlan =
  | { readonly kind: "retry" }
  /** The request has no use for a dead letter any more. */
  | { readonly kind: "remove"; readonly why: string }
  /** A person has to decide. */
  | { readonly kind: "leave"; readonly why: string };

/** @param request `undefined` where the API knows none of this id */
export function planLetter(
  { requestId, reason }: Pick<Letter, "requestId" | "reason">,
  request: RequestState | undefined,
): LetterPlan {
  // Its request may be open and the letter its only message: the request's state says nothing about the letter.
  if (reason === undefined) return leave("it has no reason: SQS has moved it by itself, see the runbook");
  if (requestId === undefined) return leave("it is no change request");
  if (reason === "request-id-reused") return leave("its id belongs to another request, it needs a new one");
  if (request === undefined) return leave("the API knows no request of this id");
  return planRequest(request);
}

/** The plan for a request that was given up once. */
export function planRequest({ status, epoch }: RequestState): LetterPlan {
  if (status === "failed") return { kind: "retry" };
  if (status !== "queued" && status !== "applying") return { kind: "remove", why: `it is ${status} by now` };
  if (epoch === 1) return leave(`it is ${status} and was never given up`);
  // The retry that queued it may have been cut off before its message was sent.
  return status === "queued" ? { kind: "retry" } : { kind: "remove", why: "it is being applied again" };
}

/** The plan for a letter of a request that this run has retried already: a second letter, or the next failure's. */
export function planSecondLetter({ status }: RequestState): LetterPlan {
  return status === "failed"
    ? leave("it has failed again since it was retried")
    : { kind: "remove", why: "it was retried just now" };
}

/** One letter in one line, without anything of its text. */
export function letterLine(connection: string, letter: Letter): string {
  const { requestId, requestIdInBody, reason, attempts, sentAt } = letter;
  return [
    connection,
    requestId ?? (requestIdInBody === undefined ? "no request id" : `${requestIdInBody} (by its body)`),
    reason ?? "no reason",
    ...(attempts === undefined ? [] : [`${attempts} attempts`]),
    `since ${new Date(sentAt).toISOString()}`,
  ].join(" · ");
}

function leave(why: string): LetterPlan {
  return { kind: "leave", why };
}
