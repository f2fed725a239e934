/** The scopes of a connection, as far as reconciliation has met them. */
import * as z from "zod/mini";
import type { ApiContext, ApiDependencies, Route } from "../api.ts";
import { cursorOf, positionOf } from "../cursor.ts";
import { listResponse } from "../list-response.ts";
import { connectionOfPath, cursor, DEFAULT_LIMIT, limit, queryOf } from "../parameters.ts";
import { scopeView } from "../scope-view.ts";

const listQuery = z.strictObject({ limit, cursor });
const LIST = "scopes";

export function scopeRoutes(dependencies: ApiDependencies): readonly Route[] {
  return [
    {
      method: "GET",
      path: "/connections/:connection/scopes",
      role: "reader",
      answer: (context) => list(context, dependencies),
    },
  ];
}

async function list(context: ApiContext, dependencies: ApiDependencies): Promise<Response> {
  const { id } = connectionOfPath(context, dependencies);
  const { limit: most = DEFAULT_LIMIT, ...page } = queryOf(context, listQuery);
  const after = positionOf(LIST, page.cursor, z.string().check(z.minLength(1)));
  const known = await dependencies.knownScopes.list(id, after, most + 1);
  return listResponse({
    items: known.slice(0, most),
    view: scopeView,
    cursorAfter: ({ scope }) => cursorOf(LIST, scope),
    hasMore: known.length > most,
  });
}
