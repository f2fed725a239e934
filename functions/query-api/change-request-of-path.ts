/** The change request that a path names, in the connection that the query names. */
import { isRequestId } from "../../shared/change-request/change-request.ts";
import type { RequestKey } from "../../shared/change-request/record/request-record.ts";
import type { ApiContext, ApiDependencies } from "./api.ts";
import { connectionOfQuery, pathParameter } from "./parameters.ts";
import { Problem } from "./problem.ts";

/**
 * Whether the request exists is another question.
 * @param connection from the query; `undefined` where the caller left it out
 * @throws {Problem} where no request can have this id
 */
export function requestOfPath(
  context: ApiContext,
  connection: string | undefined,
  dependencies: Pick<ApiDependencies, "connections">,
): RequestKey {
  const requestId = pathParameter(context, "requestId");
  const { id } = connectionOfQuery(connection, dependencies);
  if (!isRequestId(requestId)) throw unknownRequest();
  return { connection: id, requestId };
}

export function unknownRequest(): Problem {
  return new Problem(
    "unknown-change-request",
    "The connection has no such request; one that was sent straight to the queue is unknown until it is first seen",
  );
}
