/** What became of change requests. */
import * as z from "zod/mini";
import { isRequestStatus, type RequestStatus } from "../../../shared/change-request/record/request-state.ts";
import { waitForOutcome } from "../../../shared/change-request/submission/wait-for-outcome.ts";
import type { ApiContext, ApiDependencies, Route } from "../api.ts";
import { requestOfPath, unknownRequest } from "../change-request-of-path.ts";
import { changeRequestView } from "../change-request-view.ts";
import { cursorOf, positionOf } from "../cursor.ts";
import { jsonResponse } from "../json-response.ts";
import { listResponse } from "../list-response.ts";
import { connectionOfQuery, cursor, DEFAULT_LIMIT, filterText, limit, queryOf } from "../parameters.ts";

const LONGEST_WAIT_SECONDS = 20;

const waitSeconds = z.pipe(
  z.string().check(z.regex(/^\d{1,2}(\.\d{1,3})?$/, waitRange())),
  z.pipe(z.transform(Number), z.number().check(z.lte(LONGEST_WAIT_SECONDS, waitRange()))),
);
const oneQuery = z.strictObject({ connection: z.optional(z.string()), wait: z.optional(waitSeconds) });
const listQuery = z.strictObject({
  limit,
  cursor,
  connection: z.optional(z.string()),
  status: z.optional(
    z.custom<RequestStatus>(
      (value) => typeof value === "string" && isRequestStatus(value),
      "is no status of change requests",
    ),
  ),
  definitionId: z.optional(filterText),
});
const listPosition = z.object({
  connection: filterText,
  requestId: filterText,
  // The last instant of a JavaScript date.
  queuedAt: z.int().check(z.gte(0), z.lte(8.64e15)),
});
const LIST = "change-requests";

export function changeRequestRoutes(dependencies: ApiDependencies): readonly Route[] {
  return [
    {
      method: "GET",
      path: "/change-requests",
      role: "reader",
      answer: (context) => list(context, dependencies),
    },
    {
      method: "GET",
      path: "/change-requests/:requestId",
      role: "reader",
      answer: (context) => one(context, dependencies),
    },
  ];
}

async function one(context: ApiContext, dependencies: ApiDependencies): Promise<Response> {
  const { connection, wait = 0 } = queryOf(context, oneQuery);
  const key = requestOfPath(context, connection, dependencies);
  const record = await waitForOutcome(dependencies, key, wait * 1_000);
  if (record === undefined) throw unknownRequest();
  return jsonResponse(changeRequestView(record));
}

async function list(context: ApiContext, dependencies: ApiDependencies): Promise<Response> {
  const { requests, clock } = dependencies;
  const { connection, status, definitionId, ...page } = queryOf(context, listQuery);
  const filter = {
    ...(connection !== undefined && { connection: connectionOfQuery(connection, dependencies).id }),
    ...(status !== undefined && { status }),
    ...(definitionId !== undefined && { definitionId }),
  };
  const after = positionOf(LIST, page.cursor, listPosition);
  const { records, next } = await requests.list(filter, after, page.limit ?? DEFAULT_LIMIT, clock.now());
  return listResponse({
    items: records,
    view: changeRequestView,
    cursorAfter: ({ connection, requestId, queuedAt }) => cursorOf(LIST, { connection, requestId, queuedAt }),
    hasMore: next !== undefined,
  });
}

function waitRange(): string {
  return `must be seconds from 0 to ${LONGEST_WAIT_SECONDS}`;
}
