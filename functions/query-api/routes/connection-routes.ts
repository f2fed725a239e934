/** The connections of the deployment, and whether they work now. */
import * as z from "zod/mini";
import type { ConnectionHealth } from "../../../shared/connection/connection-health.ts";
import type { Connection } from "../../../shared/platform/config.ts";
import { instantText } from "../../../shared/platform/table-keys.ts";
import type { ApiDependencies, Route } from "../api.ts";
import { cursorOf, positionOf } from "../cursor.ts";
import { listResponse } from "../list-response.ts";
import { cursor, DEFAULT_LIMIT, limit, queryOf } from "../parameters.ts";

const listQuery = z.strictObject({ limit, cursor });
const LIST = "connections";

export function connectionRoutes({ connections, health }: ApiDependencies): readonly Route[] {
  return [
    {
      method: "GET",
      path: "/connections",
      role: "reader",
      async answer(context) {
        const query = queryOf(context, listQuery);
        const first = positionOf(LIST, query.cursor, z.int().check(z.gte(0))) ?? 0;
        const end = first + (query.limit ?? DEFAULT_LIMIT);
        const items = await Promise.all(
          connections.slice(first, end).map(async (connection, index) => ({
            connection,
            health: await health.read(connection.id),
            position: first + index + 1,
          })),
        );
        return listResponse({
          items,
          view: (item) => connectionView(item.connection, item.health),
          cursorAfter: ({ position }) => cursorOf(LIST, position),
          hasMore: end < connections.length,
        });
      },
    },
  ];
}

function connectionView(
  { id, provider, baseUrl, rateLimit }: Connection,
  { state, reason, since }: ConnectionHealth,
): object {
  const ceiling = rateLimit.requestsPerSecond;
  return {
    id,
    provider,
    baseUrl,
    state,
    reason,
    since: since === undefined ? undefined : instantText(since),
    // Nothing lowers the rate of a connection yet.
    rate: { current: ceiling, ceiling },
  };
}
