/** The API as one table of routes; who may call which, and what becomes of errors, is decided here for all of them. */
import { Hono } from "hono";
import { roleAllows } from "../../shared/access/role.ts";
import type { ApiContext, ApiDependencies, RequestFacts, Route } from "./api.ts";
import { isOutage } from "./outage.ts";
import { Problem, problemResponse } from "./problem.ts";
import { auditRoutes } from "./routes/audit-routes.ts";
import { changeRequestRoutes } from "./routes/change-request-routes.ts";
import { connectionRoutes } from "./routes/connection-routes.ts";
import { definitionRoutes } from "./routes/definition-routes.ts";
import { haltedRunRoutes } from "./routes/halted-run-routes.ts";
import { reconciliationRoutes } from "./routes/reconciliation-routes.ts";
import { retryAndCancelRoutes } from "./routes/retry-and-cancel-routes.ts";
import { scopeRoutes } from "./routes/scope-routes.ts";
import { submitRoutes } from "./routes/submit-routes.ts";
import { versionRoutes } from "./routes/version-routes.ts";

export type Api = Hono<{ Bindings: RequestFacts; Variables: { route: string } }>;

/** Seconds, as the header has it. */
const RETRY_AFTER_SECONDS = "5";

const health: Route = {
  method: "GET",
  path: "/health",
  role: "open",
  answer: () => Response.json({ status: "ok" }),
};

export function createApp(dependencies: ApiDependencies): Api {
  const { clock, log } = dependencies;
  const routes = [
    health,
    ...connectionRoutes(dependencies),
    ...definitionRoutes(dependencies),
    ...versionRoutes(dependencies),
    ...auditRoutes(dependencies),
    ...submitRoutes(dependencies),
    ...changeRequestRoutes(dependencies),
    ...retryAndCancelRoutes(dependencies),
    ...scopeRoutes(dependencies),
    ...reconciliationRoutes(dependencies),
    ...haltedRunRoutes(dependencies),
  ];
  const app: Api = new Hono();

  app.use("*", async (context, next) => {
    const startedAt = clock.now();
    await next();
    // The pattern and not the path, the code and not the detail: no query, name or text of anybody reaches the log.
    log.info("request-answered", {
      gatewayRequestId: context.env.requestId,
      method: context.req.method,
      route: context.get("route") ?? "none",
      status: context.res.status,
      ...(context.error instanceof Problem && { code: context.error.code }),
      durationMs: clock.now() - startedAt,
    });
  });
  for (const { method, path, role, answer } of routes) {
    app.on(method, path, (context) => {
      context.set("route", path);
      if (role !== "open") requireRole(context, role);
      return answer(context);
    });
  }
  for (const [path, ofPath] of Map.groupBy(routes, (route) => route.path)) {
    app.all(path, (context) => {
      context.set("route", path);
      requireRole(context, "reader");
      const allow = ofPath.map(({ method }) => method).join(", ");
      throw new Problem("method-not-allowed", `The resource takes ${allow}`, { headers: { allow } });
    });
  }
  app.all("*", (context) => {
    requireRole(context, "reader");
    throw new Problem("unknown-route", "The API has no resource with this path");
  });
  app.onError((error, context) => {
    if (error instanceof Problem) return problemResponse(error);
    const { requestId } = context.env;
    // A message may quote what it failed on, so only the kind of the error and its place are logged.
    log.error("request-failed", { gatewayRequestId: requestId, error: error.name, at: placeOf(error) });
    const detail = `The log has more under the request ${requestId}`;
    return problemResponse(
      isOutage(error)
        ? new Problem("temporarily-unavailable", detail, { headers: { "retry-after": RETRY_AFTER_SECONDS } })
        : new Problem("internal-error", detail),
    );
  });
  return app;
}

/** The first frame of the stack. The stack begins with the message; where the two cannot be told apart: nothing. */
function placeOf({ message, stack = "" }: Error): string | undefined {
  const start = stack.indexOf(message);
  if (start < 0) return undefined;
  return stack
    .slice(start + message.length)
    .split("\n")
    .find((line) => /^ {4}at .*:\d+:\d+\)?$/.test(line))
    ?.trim();
}

function requireRole(context: Pick<ApiContext, "env">, needed: Exclude<Route["role"], "open">): void {
  const { caller } = context.env;
  if (caller === undefined) {
    throw new Problem(
      "unauthenticated",
      "Send Authorization: Bearer <token> with a token of this deployment",
      {
        headers: { "www-authenticate": "Bearer" },
      },
    );
  }
  if (roleAllows(caller.role, needed)) return;
  throw new Problem("forbidden", `This needs the role ${needed}; the token has ${caller.role}`);
}
