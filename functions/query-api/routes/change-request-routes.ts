/** Submitting change requests, and seeing what became of them. */
import * as z from "zod/mini";
import { isRequestId } from "../../../shared/change-request/change-request.ts";
import {
  type InvalidReason,
  type ParseContext,
  parseChangeRequest,
} from "../../../shared/change-request/parse-change-request.ts";
import { isRequestStatus, type RequestStatus } from "../../../shared/change-request/request-state.ts";
import { submitChangeRequest } from "../../../shared/change-request/submit-change-request.ts";
import { waitForOutcome } from "../../../shared/change-request/wait-for-outcome.ts";
import { dialectFor } from "../../../shared/providers/dialect-for-connection.ts";
import type { ApiContext, ApiDependencies, Route } from "../api.ts";
import { changeRequestView } from "../change-request-view.ts";
import { cursorOf, positionOf } from "../cursor.ts";
import { versionOfTag } from "../entity-tag.ts";
import { jsonResponse } from "../json-response.ts";
import { listResponse } from "../list-response.ts";
import {
  connectionOfQuery,
  cursor,
  DEFAULT_LIMIT,
  filterText,
  limit,
  pathParameter,
  queryOf,
} from "../parameters.ts";
import { changeRequestPath } from "../path-segment.ts";
import { invalidParameter, Problem, type ProblemCode } from "../problem.ts";
import { jsonBodyText, tooLarge } from "../request-body.ts";

/** When a client may try again to put a message into a queue that did not take it. */
const RETRY_AFTER_SECONDS = 5;
const LONGEST_WAIT_SECONDS = 20;

const waitSeconds = z.pipe(
  z.string().check(z.regex(/^\d{1,2}(\.\d{1,3})?$/, waitRange())),
  z.pipe(z.transform(Number), z.number().check(z.lte(LONGEST_WAIT_SECONDS, waitRange()))),
);
const noQuery = z.strictObject({});
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
  submittedAt: z.int().check(z.gte(0), z.lte(8.64e15)),
});
const LIST = "change-requests";

export function changeRequestRoutes(dependencies: ApiDependencies): readonly Route[] {
  return [
    {
      method: "POST",
      path: "/change-requests",
      role: "editor",
      answer: (context) => submit(context, dependencies),
    },
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

async function submit(context: ApiContext, dependencies: ApiDependencies): Promise<Response> {
  const { connections } = dependencies;
  queryOf(context, noQuery);
  const dialectOf = (id: string) => {
    const connection = connections.find((one) => one.id === id);
    return connection && dialectFor(connection);
  };
  const [only, ...others] = connections;
  const parsed = parseChangeRequest(await jsonBodyText(context.req.raw), {
    ...(only !== undefined && others.length === 0 && { connection: only.id }),
    otherConnection: "use",
    dialectOf,
    defaults: headerDefaults(context),
  });
  if (!parsed.valid) {
    throw new Problem(problemOf[parsed.reason], "The change request has faults; nothing was recorded", {
      errors: parsed.faults,
    });
  }
  const { connection, requestId } = parsed.request;
  const dialect = dialectOf(connection);
  // The role was checked, so there is a caller; and a valid request names a known connection.
  const subject = context.env.caller?.subject;
  if (dialect === undefined || subject === undefined) throw new Error("a valid request lacks its context");

  const submission = await submitChangeRequest(dependencies, parsed, dialect, subject);
  switch (submission.kind) {
    case "accepted":
      return jsonResponse(
        { requestId, connection, status: submission.status },
        { status: 202, headers: { location: changeRequestPath(connection, requestId) } },
      );
    case "reused":
      throw new Problem(
        "request-id-reused",
        "The id belongs to a request with another content; a changed request needs a new id",
      );
    case "too-large":
      throw tooLarge(submission.bytes);
    case "queue-unavailable":
      throw new Problem(
        "queue-unavailable",
        "The request may not be in the queue; send it again with the same id",
        { headers: { "retry-after": String(RETRY_AFTER_SECONDS) } },
      );
  }
}

async function one(context: ApiContext, dependencies: ApiDependencies): Promise<Response> {
  const requestId = pathParameter(context, "requestId");
  const { connection, wait = 0 } = queryOf(context, oneQuery);
  const key = { connection: connectionOfQuery(connection, dependencies).id, requestId };
  const record = isRequestId(requestId) ? await waitForOutcome(dependencies, key, wait * 1_000) : undefined;
  if (record === undefined) {
    throw new Problem(
      "unknown-change-request",
      "The connection has no such request; one that was sent straight to the queue is unknown until it is first seen",
    );
  }
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
    cursorAfter: ({ connection, requestId, submittedAt }) =>
      cursorOf(LIST, { connection, requestId, submittedAt }),
    hasMore: next !== undefined,
  });
}

const problemOf: Record<InvalidReason, ProblemCode> = {
  "not-json": "not-json",
  "too-large": "too-large",
  "invalid-request": "invalid-request",
  "unknown-connection": "invalid-request",
  // Only a queue has a connection of its own.
  "wrong-queue": "invalid-request",
};

/** What HTTP has its own places for. @throws {Problem} for a header that is there but says nothing usable */
function headerDefaults(context: ApiContext): NonNullable<ParseContext["defaults"]> {
  const idempotencyKey = context.req.header("idempotency-key");
  const ifMatch = context.req.header("if-match");
  // Some clients send the key as the structured string that the IETF's draft describes.
  const requestId = idempotencyKey?.trim().replace(/^"(.*)"$/, "$1");
  if (requestId !== undefined && !isRequestId(requestId)) {
    throw invalidParameter("Idempotency-Key", "must be 1 to 128 of A-Z a-z 0-9 . _ : -");
  }
  const expectVersion = ifMatch === undefined ? undefined : versionOfTag(ifMatch);
  if (ifMatch !== undefined && expectVersion === undefined) {
    throw invalidParameter("If-Match", 'must be one version in quotes, such as "12"');
  }
  return {
    ...(requestId !== undefined && { requestId }),
    ...(expectVersion !== undefined && { expectVersion }),
  };
}

function waitRange(): string {
  return `must be seconds from 0 to ${LONGEST_WAIT_SECONDS}`;
}
