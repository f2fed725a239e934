/** The connections of the deployment: whether they work now, and an operator's pause and resume. */
import * as z from "zod/mini";
import { changeHealth } from "../../../shared/connection/change-health.ts";
import type { ConnectionHealth } from "../../../shared/connection/connection-health.ts";
import { pausedByOperator, resumedByOperator } from "../../../shared/connection/health-transitions.ts";
import type { Connection } from "../../../shared/platform/config.ts";
import { limiterView } from "../../../shared/rate-limit/limiter-view.ts";
import type { ApiContext, ApiDependencies, Route } from "../api.ts";
import { connectionView } from "../connection-view.ts";
import { cursorOf, positionOf } from "../cursor.ts";
import { jsonResponse } from "../json-response.ts";
import { listResponse } from "../list-response.ts";
import { connectionOfPath, cursor, DEFAULT_LIMIT, limit, noQuery, queryOf } from "../parameters.ts";
import { Problem } from "../problem.ts";
import { jsonBodyOf } from "../request-body.ts";

const listQuery = z.strictObject({ limit, cursor });
const LIST = "connections";

const reason = z.string().check(
  z.maxLength(256, "must have at most 256 characters"),
  z.refine((text) => text.trim() !== "", "must not be empty"),
  z.refine((text) => text.isWellFormed(), "contains half of a character (a lone surrogate)"),
);
const pauseBody = z.strictObject({ reason });
/** The reason is for whoever reads the call; a connection that is active has none. */
const resumeBody = z.strictObject({ reason: z.optional(reason) });

const RETRY_AFTER_SECONDS = "1";

export function connectionRoutes(dependencies: ApiDependencies): readonly Route[] {
  return [
    {
      method: "GET",
      path: "/connections",
      role: "reader",
      answer: (context) => list(context, dependencies),
    },
    {
      method: "POST",
      path: "/connections/:connection/pause",
      role: "operator",
      async answer(context) {
        const body = await bodyOf(context, dependencies, pauseBody);
        return await change(context, dependencies, "connection-paused-by-operator", (health, now) =>
          pausedByOperator(health, now, body.reason),
        );
      },
    },
    {
      method: "POST",
      path: "/connections/:connection/resume",
      role: "operator",
      async answer(context) {
        await bodyOf(context, dependencies, resumeBody);
        return await change(context, dependencies, "connection-resumed-by-operator", resumedByOperator);
      },
    },
  ];
}

async function list(context: ApiContext, dependencies: ApiDependencies): Promise<Response> {
  const { connections, health } = dependencies;
  const query = queryOf(context, listQuery);
  const first = positionOf(LIST, query.cursor, z.int().check(z.gte(0))) ?? 0;
  const end = first + (query.limit ?? DEFAULT_LIMIT);
  const items = await Promise.all(
    connections.slice(first, end).map(async (connection, index) => ({
      shown: await shown(dependencies, connection, await health.read(connection.id)),
      position: first + index + 1,
    })),
  );
  return listResponse({
    items,
    view: (item) => item.shown,
    cursorAfter: ({ position }) => cursorOf(LIST, position),
    hasMore: end < connections.length,
  });
}

/** The body, when the query and the path are as they should be. */
async function bodyOf<Schema extends z.ZodMiniType>(
  context: ApiContext,
  dependencies: ApiDependencies,
  schema: Schema,
): Promise<z.output<Schema>> {
  queryOf(context, noQuery);
  connectionOfPath(context, dependencies);
  return await jsonBodyOf(context.req.raw, schema);
}

async function change(
  context: ApiContext,
  dependencies: ApiDependencies,
  event: string,
  transition: (health: ConnectionHealth, now: number) => ConnectionHealth,
): Promise<Response> {
  const { health: store, clock, log } = dependencies;
  const connection = connectionOfPath(context, dependencies);
  const changed = await changeHealth(store, connection.id, (health) => transition(health, clock.now()));
  if (changed.kind === "lost") {
    throw new Problem("temporarily-unavailable", "The connection's state changes all the time; try again", {
      headers: { "retry-after": RETRY_AFTER_SECONDS },
    });
  }
  if (changed.kind === "written") {
    // Who did it, and not in which words.
    log.info(event, { connection: connection.id, subject: context.env.caller?.subject });
  }
  return jsonResponse(await shown(dependencies, connection, changed.health));
}

async function shown(
  { rateLimits, clock }: ApiDependencies,
  connection: Connection,
  health: ConnectionHealth,
): Promise<object> {
  const { state } = await rateLimits.read(connection.id);
  return connectionView(connection, health, limiterView(state, connection.rateLimit, clock.now()));
}
