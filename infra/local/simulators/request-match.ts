/** Which requests a fault or a scheduled outside edit means, and which of them by number. */
import * as z from "zod/mini";

const positive = z.int().check(z.gte(1));

export const requestMatchSchema = z.strictObject({
  /** `GET`, `PUT` …; absent: every method. */
  method: z.exactOptional(z.string()),
  /** The raw path without query; `*` stands for any characters. Absent: every path. */
  path: z.exactOptional(z.string()),
  /** Query parameters that must have exactly these values. */
  query: z.exactOptional(z.record(z.string(), z.string())),
  /** The first one meant, counted over all matching requests since the entry was made. */
  nth: z.exactOptional(positive),
  /** How many; default 1. */
  times: z.exactOptional(z.union([positive, z.literal("always")])),
});

export type RequestMatch = z.infer<typeof requestMatchSchema>;

export type MatchableRequest = {
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
};

export function requestMatches(match: RequestMatch, request: MatchableRequest): boolean {
  if (match.method !== undefined && match.method.toUpperCase() !== request.method) return false;
  if (match.path !== undefined && !pathPattern(match.path).test(request.path)) return false;
  return Object.entries(match.query ?? {}).every(([name, value]) => request.query[name] === value);
}

function pathPattern(glob: string): RegExp {
  const literally = (text: string) => text.replace(/[.+?^${}()|[\]\\]/g, "\\$&");
  return new RegExp(`^${glob.split("*").map(literally).join(".*")}$`);
}
