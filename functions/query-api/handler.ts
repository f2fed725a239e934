/** From an event of the HTTP API to the app and back. Whatever happens, the answer is the API's own. */
import type { APIGatewayProxyStructuredResultV2 } from "aws-lambda";
import type { Caller } from "../../shared/access/api-tokens.ts";
import { isRole } from "../../shared/access/role.ts";
import type { RequestFacts } from "./api.ts";
import type { Api } from "./app.ts";
import { type HttpEvent, requestOf, resultOf } from "./http-event.ts";
import { Problem, problemResponse } from "./problem.ts";

export function createHandler(app: Api) {
  return async (event: HttpEvent): Promise<APIGatewayProxyStructuredResultV2> => {
    const request = readable(event);
    const response =
      request instanceof Problem ? problemResponse(request) : await app.fetch(request, factsOf(event));
    return await resultOf(response);
  };
}

function readable(event: HttpEvent): Request | Problem {
  try {
    return requestOf(event);
  } catch {
    // Methods such as TRACE, or half of a character in a path.
    return new Problem("invalid-request", "The method, the path or a header cannot be read");
  }
}

function factsOf({ requestContext }: HttpEvent): RequestFacts {
  const caller = callerOf(requestContext.authorizer?.lambda);
  return { requestId: requestContext.requestId, ...(caller && { caller }) };
}

/** What the authorizer found. Anything but a subject with a role is nobody. */
function callerOf(context: unknown): Caller | undefined {
  if (typeof context !== "object" || context === null) return undefined;
  const { subject, role } = context as { subject?: unknown; role?: unknown };
  return typeof subject === "string" && subject !== "" && isRole(role) ? { subject, role } : undefined;
}
