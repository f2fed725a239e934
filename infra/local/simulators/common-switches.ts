/** The switches that every simulated provider has: what concerns its server and not its definitions. */
import * as z from "zod/mini";
import { rateLimitSchema } from "./rate-limiter.ts";

export const milliseconds = z.number().check(z.gte(0), z.lte(600_000));

export const readSwitches = {
  /** How long after a write GET by id and LIST still answer the state before it. */
  getLagMs: z._default(milliseconds, 0),
  listLagMs: z._default(milliseconds, 0),
  /** Answers may print a document differently from how it was stored. */
  answerForm: z._default(z.enum(["as-stored", "sorted-members", "plain-numbers"]), "as-stored"),
};

export const serverSwitches = {
  rateLimit: z._default(z.nullable(rateLimitSchema), null),
  rateLimitScope: z._default(z.enum(["workspace", "key"]), "workspace"),
  /** What a 429 says about when to come back; `milliseconds` is the header `retry-after-ms`. */
  retryAfter: z._default(z.enum(["none", "seconds", "date", "milliseconds", "garbage"]), "none"),
  /** Before a request takes effect, and between the effect and the answer. */
  latencyMs: z._default(milliseconds, 0),
  answerLatencyMs: z._default(milliseconds, 0),
  /** The server's clock minus ours; it stamps definitions and the `Date` header. */
  clockSkewMs: z._default(z.number(), 0),
  /** 1000: stamps end in 000, and writes within a second get the same one. */
  timestampResolutionMs: z._default(z.int().check(z.gte(1)), 1),
};

const commonSwitches = z.object({ ...readSwitches, ...serverSwitches });

export type CommonSwitches = z.infer<typeof commonSwitches>;
