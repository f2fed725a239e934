/** What can still be decided about a submitted change request: to try a failed one again, to withdraw a queued one. */
import * as z from "zod/mini";
import { cancelChangeRequest } from "../../../shared/change-request/submission/cancel-change-request.ts";
import { retryChangeRequest } from "../../../shared/change-request/submission/retry-change-request.ts";
import { dialectFor } from "../../../shared/providers/dialect-for-connection.ts";
import type { ApiContext, ApiDependencies, Route } from "../api.ts";
import { requestOfPath, unknownRequest } from "../change-request-of-path.ts";
import { changeRequestView } from "../change-request-view.ts";
import { jsonResponse } from "../json-response.ts";
import { connectionOfQuery, queryOf } from "../parameters.ts";
import { changeRequestPath } from "../path-segment.ts";
import { Problem, queueUnavailable } from "../problem.ts";

const query = z.strictObject({ connection: z.optional(z.string()) });

export function retryAndCancelRoutes(dependencies: ApiDependencies): readonly Route[] {
  return [
    {
      method: "POST",
      path: "/change-requests/:requestId/retry",
      role: "operator",
      answer: (context) => retry(context, dependencies),
    },
    {
      method: "POST",
      path: "/change-requests/:requestId/cancel",
      role: "editor",
      answer: (context) => cancel(context, dependencies),
    },
  ];
}

async function retry(context: ApiContext, dependencies: ApiDependencies): Promise<Response> {
  const { connection } = queryOf(context, query);
  const key = requestOfPath(context, connection, dependencies);
  const dialect = dialectFor(connectionOfQuery(connection, dependencies));
  const answer = await retryChangeRequest(dependencies, key, dialect);
  switch (answer.kind) {
    case "accepted":
      return jsonResponse(
        { ...key, status: answer.status, epoch: answer.epoch },
        { status: 202, headers: { location: changeRequestPath(key.connection, key.requestId) } },
      );
    case "unknown":
      throw unknownRequest();
    case "not-failed":
      throw new Problem("not-failed", `The request is ${answer.status}`);
    case "body-not-kept":
      throw new Problem(
        "body-not-kept",
        "There is no message to send again; submit what is still wanted under a new id",
      );
    case "queue-unavailable":
      throw queueUnavailable("The request may not be in the queue; retry it again");
  }
}

async function cancel(context: ApiContext, dependencies: ApiDependencies): Promise<Response> {
  const { connection } = queryOf(context, query);
  const answer = await cancelChangeRequest(dependencies, requestOfPath(context, connection, dependencies));
  switch (answer.kind) {
    case "cancelled":
      return jsonResponse(changeRequestView(answer.record));
    case "unknown":
      throw unknownRequest();
    case "too-late":
      throw new Problem("already-started", `The request is ${answer.status}`);
  }
}
