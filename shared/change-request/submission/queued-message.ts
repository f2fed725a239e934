/** The message of a change request in its connection's queue. The only place that gives it its group and its ids. */
import { sha256Hex } from "../../definition/document/canonical-form.ts";
import type { ClaimTarget } from "../../definition/mirror/claim.ts";
import type { Dialect } from "../../providers/provider.ts";
import type { ChangeRequest } from "../change-request.ts";
import type { RequestKey } from "../record/request-record.ts";
import type { QueuedMessage } from "./change-queue.ts";
import { messageGroupId } from "./message-group-id.ts";

/**
 * The same body in the same epoch is the same message. An operator's retry sends the body of an earlier epoch, perhaps
 * within the five minutes in which SQS would drop it as a duplicate, so later epochs are part of the id.
 */
export function queuedMessage(
  { connection, requestId }: RequestKey,
  epoch: number,
  groupId: string,
  body: string,
): QueuedMessage {
  // No part but the last can hold a line feed, and a body does not begin with a digit.
  const identity = [connection, requestId, ...(epoch > 1 ? [epoch] : []), body];
  return { connection, groupId, deduplicationId: sha256Hex(identity.join("\n")), body };
}

export function groupOf(request: ChangeRequest, dialect: Pick<Dialect, "scopeOf">): string {
  const { connection } = request;
  const target: ClaimTarget =
    request.operation === "create"
      ? { kind: "create", connection, scope: dialect.scopeOf(request.definition) }
      : { kind: "definition", connection, definitionId: request.definitionId };
  return messageGroupId(target);
}
