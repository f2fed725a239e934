/**
 * A Lambda authorizer with simple responses, as HTTP APIs use it: without its identity sources the function is not
 * called (401), a refusal is 403, anything else is 500; answers are kept for the time that the template says.
 */
import * as z from "zod/mini";
import type { InvocationResult } from "../functions/function-process.ts";
import { TemplateError } from "../template/template.ts";
import { authorizerEvent, type MatchedRoute, type RequestFacts } from "./http-event.ts";

export type AuthorizerSettings = {
  /** Like `$request.header.Authorization`; every one has to be there. */
  readonly identitySources: readonly string[];
  /** How long an answer holds for the same identity. 0: not at all. */
  readonly resultTtlMs: number;
  readonly region: string;
};

export type Authorization =
  | { readonly outcome: "allowed"; readonly context: unknown }
  | { readonly outcome: "unauthorized" | "forbidden" | "failed" };

export type Authorizer = (facts: RequestFacts, route: MatchedRoute) => Promise<Authorization>;

const responseSchema = z.object({
  isAuthorized: z.boolean(),
  context: z.optional(z.nullable(z.record(z.string(), z.unknown()))),
});

/** More identities than one stack on a laptop has; the oldest is forgotten first. */
const maximumKept = 1_000;

/** @param now epoch ms */
export function createAuthorizer(
  invoke: (event: object) => Promise<InvocationResult>,
  { identitySources, resultTtlMs, region }: AuthorizerSettings,
  now: () => number,
): Authorizer {
  const readers = identitySources.map(identityReader);
  const kept = new Map<string, { readonly authorization: Authorization; readonly until: number }>();

  return async (facts, route) => {
    const identity = readers.map((read) => read(facts, route));
    if (!identity.every((value) => value !== undefined && value !== "")) return { outcome: "unauthorized" };
    const values = identity.filter((value) => value !== undefined);
    const key = JSON.stringify(values);
    const known = kept.get(key);
    if (known !== undefined && known.until > now()) return known.authorization;

    const authorization = authorizationOf(await invoke(authorizerEvent(facts, route, values, region)));
    if (resultTtlMs > 0 && authorization.outcome !== "failed") {
      kept.delete(key);
      kept.set(key, { authorization, until: now() + resultTtlMs });
      const [oldest] = kept.keys();
      if (kept.size > maximumKept && oldest !== undefined) kept.delete(oldest);
    }
    return authorization;
  };
}

function authorizationOf(result: InvocationResult): Authorization {
  if (!result.ok) return { outcome: "failed" };
  const response = responseSchema.safeParse(JSON.parse(result.payload));
  if (!response.success) return { outcome: "failed" };
  const { isAuthorized, context } = response.data;
  return isAuthorized ? { outcome: "allowed", context: context ?? {} } : { outcome: "forbidden" };
}

function identityReader(source: string): (facts: RequestFacts, route: MatchedRoute) => string | undefined {
  const [, kind, name = ""] = /^\$request\.(header|querystring)\.(.+)$/.exec(source) ?? [];
  if (kind === "header") return ({ headers }) => headers[name.toLowerCase()];
  if (kind === "querystring") return ({ queryStringParameters }) => queryStringParameters?.[name];
  if (source === "$context.routeKey") return (_, { routeKey }) => routeKey;
  throw new TemplateError(`the identity source ${source} is not known`);
}
