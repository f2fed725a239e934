/**
 * The connections of a deployment: one schema, used at synth, at cold start and by the local stack.
 * All faults are named at once, each with its path and what would be right.
 */
import * as z from "zod/mini";
import { schemaFaultsOf } from "./schema-fault.ts";

const durationUnits = { seconds: 1_000, minutes: 60_000, hours: 3_600_000 } as const;
const durationText = /^([1-9][0-9]{0,5}) (seconds|minutes|hours)$/;

/** Milliseconds of `<n> seconds|minutes|hours`, at least one second. */
export function durationMs(text: string): number {
  const match = durationText.exec(text);
  if (match === null) throw new RangeError(`"${text}" is not a duration like "15 minutes"`);
  return Number(match[1]) * durationUnits[match[2] as keyof typeof durationUnits];
}

const duration = z
  .string()
  .check(z.regex(durationText, 'must be "<n> seconds", "<n> minutes" or "<n> hours"'));
const jsonPointer = z.string().check(z.regex(/^(\/([^~/]|~[01])*)+$/, "must be a JSON pointer like /member"));

const zoneOffset = z.custom<`${"+" | "-"}${string}`>(
  (value) => typeof value === "string" && /^[+-](0\d|1[0-4]):[0-5]\d$/.test(value),
  'must be an offset from UTC like "-05:00"',
);

const reconcilePolicy = z.enum(["observe", "heal"]);

/** The first policy that fits counts: a second one for the same scope or definition would do nothing. */
const namedOnce = z.check<readonly ({ scope: string } | { definitionId: string })[]>(({ value, issues }) => {
  const seen = new Map<string, number>();
  for (const [index, exception] of value.entries()) {
    const [what, named] =
      "scope" in exception ? ["scope", exception.scope] : ["definition", exception.definitionId];
    const key = `${what} ${named}`;
    const first = seen.get(key);
    if (first === undefined) seen.set(key, index);
    else {
      const message = `is for the same ${what} as entry ${first}: leave one of them`;
      issues.push({ code: "custom", path: [index], message, input: value });
    }
  }
});

const reconcileSchema = z.strictObject({
  every: z._default(duration, "15 minutes"),
  policy: z._default(reconcilePolicy, "observe"),
  /** Another policy for one scope or one definition; a definition's comes before its scope's. */
  exceptions: z._default(
    z
      .array(
        z.union(
          [
            z.strictObject({ scope: z.string().check(z.minLength(1)), policy: reconcilePolicy }),
            z.strictObject({ definitionId: z.string().check(z.minLength(1)), policy: reconcilePolicy }),
          ],
          'must be { "scope": "…", "policy": "…" } or { "definitionId": "…", "policy": "…" }',
        ),
      )
      .check(namedOnce),
    [],
  ),
  /** Does `heal` make anew what was deleted outside? It comes back under a new id. */
  healDeletions: z._default(z.boolean(), false),
  confirmDeletionAfter: z._default(duration, "10 minutes"),
  scopes: z._default(
    z.union(
      [
        z.literal("discover"),
        z
          .array(z.string().check(z.minLength(1)))
          .check(
            z.minLength(1, 'must name at least one scope; "discover", or leaving it out, means all of them'),
          ),
      ],
      'must be "discover" or a list of scopes',
    ),
    "discover",
  ),
});

const rateLimitSchema = z.strictObject({
  // An invocation waits out the distance of its two calls, and Lambda ends each after 15 minutes.
  requestsPerSecond: z
    .number()
    .check(
      z.gte(0.01, "must be at least 0.01 (a call in 100 seconds)"),
      z.lte(1_000, "must be at most 1000"),
    ),
  /** A second limit, for providers that count by the minute. */
  requestsPerMinute: z.optional(
    z.int().check(z.gte(1, "must be at least 1"), z.lte(60_000, "must be at most 60000")),
  ),
  burst: z._default(z.int().check(z.gte(1, "must be at least 1"), z.lte(1_000, "must be at most 1000")), 1),
  adaptive: z._default(z.boolean(), true),
});

/** Hosts that are this machine: what is sent there meets no network. As the URL parser writes them. */
const loopbackHost = /^(localhost|.+\.localhost|127(\.\d{1,3}){3}|\[::1\])$/;

const baseUrl = z.string().check(
  z.refine(
    (text) => {
      const url = URL.canParse(text) ? new URL(text) : undefined;
      return (
        url !== undefined &&
        ["http:", "https:"].includes(url.protocol) &&
        url.username === "" &&
        url.password === "" &&
        url.search === "" &&
        url.hash === ""
      );
    },
    { error: "must be an http(s) URL without credentials, query or fragment", abort: true },
  ),
  z.refine((text) => {
    const { protocol, hostname } = new URL(text);
    return protocol === "https:" || loopbackHost.test(hostname);
  }, "must begin with https: the API key would travel in clear (http is for loopback hosts: localhost, *.localhost, 127.0.0.0/8, [::1])"),
);

export const connectionSchema = z.strictObject({
  id: z.string().check(
    z.regex(/^[a-z0-9][a-z0-9-]{0,31}$/, "must be 1 to 32 of a-z, 0-9 and -, not starting with -"),
    z.refine(
      (id) => !id.endsWith("-dead"),
      'must not end in "-dead": the dead-letter queues of the connection without that ending have this name',
    ),
  ),
  provider: z.enum(["retell", "tela", "synthflow"]),
  baseUrl,
  rateLimit: z._default(rateLimitSchema, { requestsPerSecond: 2, burst: 1, adaptive: true }),
  callTimeoutSeconds: z._default(
    z.number().check(z.gte(0.1, "must be at least 0.1"), z.lte(60, "must be at most 60")),
    10,
  ),
  settleSeconds: z._default(
    z.number().check(z.gte(0, "must be at least 0"), z.lte(3_600, "must be at most 3600")),
    60,
  ),
  reconcile: z._default(reconcileSchema, {
    every: "15 minutes",
    policy: "observe",
    exceptions: [],
    healDeletions: false,
    confirmDeletionAfter: "10 minutes",
    scopes: "discover",
  }),
  sendIdInBody: z._default(z.boolean(), false),
  sendUnknownFields: z._default(z.boolean(), true),
  /** Tela: may `answers` be sent? Its documents contradict each other on whether it can be set. */
  sendAnswers: z.optional(z.boolean()),
  /**
   * Synthflow: the zone of its times that name none; nothing is documented about them. Without it they are compared as
   * UTC, and do not tell when a case was made.
   */
  timestampZone: z.optional(zoneOffset),
  ignore: z._default(z.array(jsonPointer), []),
});

const connectionsSchema = z.array(connectionSchema).check(
  z.minLength(1, "at least one connection is needed"),
  z.refine(
    (list) => new Set(list.map(({ id }) => id)).size === list.length,
    "two connections have the same id",
  ),
);

/** One account at one provider. The key is not here: it lives in the secret store. */
export type Connection = z.infer<typeof connectionSchema>;

/** The configuration does not fit the schema; the message names every fault on a line of its own. */
export class ConfigurationError extends Error {
  override name = "ConfigurationError";
}

/** @throws {ConfigurationError} naming all faults at once */
export function parseConnections(input: unknown): Connection[] {
  const result = connectionsSchema.safeParse(input, { reportInput: true });
  if (result.success) return result.data;
  const faults = result.error.issues
    .flatMap(schemaFaultsOf)
    .map(
      ({ path, message }) =>
        `  connections${path.map((part) => `[${JSON.stringify(part)}]`).join("")}: ${message}`,
    );
  throw new ConfigurationError(`The connections are not valid:\n${faults.join("\n")}`);
}

/**
 * Seconds that one apply-change invocation may last: two calls at their deadlines and the writes between; where the rate
 * limit keeps the two further apart than that leaves room for, so much more.
 */
export function applyTimeoutSeconds(connections: readonly Connection[]): number {
  const longestCall = Math.max(...connections.map(({ callTimeoutSeconds }) => callTimeoutSeconds));
  const longestInterval = Math.max(...connections.map(({ rateLimit }) => intervalSeconds(rateLimit)));
  return Math.ceil(2 * longestCall + 10 + Math.max(0, longestInterval - ROOM_BETWEEN_CALLS_S));
}

/**
 * Seconds that one reconcile-scope invocation may last: where calls may take long, four of them at their deadlines and
 * the writes after them. It begins no call that might not end in time (`isTimeShort`).
 */
export function reconcileTimeoutSeconds(connections: readonly Connection[]): number {
  const longestCall = Math.max(...connections.map(({ callTimeoutSeconds }) => callTimeoutSeconds));
  return Math.max(60, Math.ceil(4 * longestCall + 10));
}

const ROOM_BETWEEN_CALLS_S = 4;
/** A minute's limit is not spread over the whole minute (rate-limit/limits.ts). */
const SPREAD_MINUTE_S = 64;

function intervalSeconds({ requestsPerSecond, requestsPerMinute }: Connection["rateLimit"]): number {
  return Math.max(
    1 / requestsPerSecond,
    requestsPerMinute === undefined ? 0 : SPREAD_MINUTE_S / requestsPerMinute,
  );
}

/** How many requests of a connection are worked on at a time: about as many as its rate lets through. */
export function maximumConcurrency(connection: Connection): number {
  return Math.min(50, Math.max(2, Math.ceil(connection.rateLimit.requestsPerSecond)));
}
