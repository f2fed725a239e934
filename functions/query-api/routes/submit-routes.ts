/** Submitting change requests, and asking what would become of one. */
import * as z from "zod/mini";
import { isRequestId } from "../../../shared/change-request/change-request.ts";
import {
  type InvalidReason,
  type ParseContext,
  type ParsedRequest,
  parseChangeRequest,
} from "../../../shared/change-request/submission/parse-change-request.ts";
import { submitChangeRequest } from "../../../shared/change-request/submission/submit-change-request.ts";
import { dialectFor } from "../../../shared/providers/dialect-for-connection.ts";
import type { ApiContext, ApiDependencies, Route } from "../api.ts";
import { versionOfTag } from "../entity-tag.ts";
import { jsonResponse } from "../json-response.ts";
import { queryOf } from "../parameters.ts";
import { changeRequestPath } from "../path-segment.ts";
import { invalidParameter, Problem, type ProblemCode, queueUnavailable } from "../problem.ts";
import { changeRequestTooLarge, jsonBodyText } from "../request-body.ts";

const submitQuery = z.strictObject({
  dryRun: z.optional(z.enum(["true", "false"], "must be true or false")),
});

/** The gateway gives up after 30 s. */
const DRY_RUN_MS = 25_000;
const RETRY_AFTER_SECONDS = "10";

export function submitRoutes(dependencies: ApiDependencies): readonly Route[] {
  return [
    {
      method: "POST",
      path: "/change-requests",
      role: "editor",
      answer: (context) => submit(context, dependencies),
    },
  ];
}

async function submit(context: ApiContext, dependencies: ApiDependencies): Promise<Response> {
  const { connections } = dependencies;
  const { dryRun } = queryOf(context, submitQuery);
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
  if (dryRun === "true") return await answerDryRun(dependencies, parsed);
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
      throw changeRequestTooLarge(submission.bytes);
    case "queue-unavailable":
      throw queueUnavailable("The request may not be in the queue; send it again with the same id");
  }
}

async function answerDryRun(
  { clock, dryRun }: ApiDependencies,
  parsed: Extract<ParsedRequest, { valid: true }>,
): Promise<Response> {
  const run = await dryRun(parsed, clock.now() + DRY_RUN_MS);
  if (run.kind === "unavailable") {
    throw new Problem("provider-unavailable", `What is live could not be read: ${run.reason}`, {
      headers: { "retry-after": RETRY_AFTER_SECONDS },
    });
  }
  const { kind, ...answer } = run;
  return jsonResponse(answer);
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
