/**
 * A fault: what goes wrong with the requests that it matches. Two questions describe every one of them, when the
 * request takes effect (`apply`) and what comes back (`answer`), so any combination can be written:
 *
 * | fault | entry |
 * |---|---|
 * | slow | `{ delayMs: 500 }` |
 * | applied, answered past the client's deadline | `{ answerAfterMs: 60_000 }` |
 * | applied, then reset · 500 · HTML from a proxy | `{ answer: "reset" }` · `{ answer: { status: 500 } }` · `{ answer: { status: 502, html: true } }` |
 * | not applied | the same with `apply: "never"` |
 * | answer lost now, applied 5 s later | `{ apply: { afterMs: 5_000 }, answer: "never" }` |
 * | rate limited | `{ apply: "never", answer: { status: 429, headers: { "retry-after": "30" } } }` |
 * | broken page | `{ list: "no-items" }` |
 */
import * as z from "zod/mini";
import { requestMatchSchema } from "./request-match.ts";

/** Ten hours: longer waits are typing errors. */
const delay = z.number().check(z.gte(0), z.lte(36_000_000));

const brokenAnswerSchema = z.strictObject({
  status: z.int().check(z.gte(200), z.lte(599)),
  headers: z.exactOptional(z.record(z.string(), z.string())),
  /** An HTML page, as a proxy sends it, instead of the provider's JSON error. */
  html: z.exactOptional(z.boolean()),
  /** The provider's error message; default: the documented one of the status. */
  message: z.exactOptional(z.string()),
  /** The whole body, in place of `html` and `message`. */
  body: z.exactOptional(z.string()),
});

/** What to do with the page of a list. Every variant is one that a client has to notice or to survive. */
const listFaultSchema = z.union([
  z.enum(["no-items", "empty", "more-without-key", "repeating-key", "item-without-id", "bare-array"]),
  z.strictObject({
    /** Ids that this page leaves out, although GET finds them. */
    omit: z.exactOptional(z.array(z.string())),
    /** Ids that this page shows in addition: items of another page, or of another engine. */
    add: z.exactOptional(z.array(z.string())),
  }),
]);

export const faultSchema = z
  .strictObject({
    match: z._default(requestMatchSchema, {}),
    /** Before the request takes effect. */
    delayMs: z.exactOptional(delay),
    /** When it takes effect: at once, never, or later (evaluated anew at that moment, whatever holds then). */
    apply: z._default(z.union([z.enum(["now", "never"]), z.strictObject({ afterMs: delay })]), "now"),
    /** Between the effect and the answer. */
    answerAfterMs: z.exactOptional(delay),
    answer: z.exactOptional(
      z.union([z.enum(["reset", "never", "truncated-json", "stalled-body", "cut-body"]), brokenAnswerSchema]),
    ),
    list: z.exactOptional(listFaultSchema),
  })
  .check(
    z.refine(
      ({ apply, answer }) =>
        apply === "now" || answer === "reset" || answer === "never" || typeof answer === "object",
      'apply "never" or later needs an answer that is "reset", "never" or a status: there is nothing to answer yet',
    ),
  );

/** As a caller writes it; what is absent has its default. */
export type FaultInput = z.input<typeof faultSchema>;
export type Fault = z.infer<typeof faultSchema>;
export type ListFault = z.infer<typeof listFaultSchema>;
export type BrokenAnswer = z.infer<typeof brokenAnswerSchema>;
