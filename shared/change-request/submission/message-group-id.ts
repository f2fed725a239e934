/** The FIFO message group of a change request: requests of one group are applied in the order they were sent. */
import { sha256Hex } from "../../definition/document/canonical-form.ts";
import type { ClaimTarget } from "../../definition/mirror/claim.ts";

/**
 * What SQS takes as a group id: letters, digits and ASCII punctuation, 128 at most. A space is printable ASCII as
 * well, but SQS refuses it.
 */
const GROUP_ID = /^[\x21-\x7e]{1,128}$/;

/** `<connection>#<definitionId>` or `<connection>#create#<scope>`; hashed where SQS would not take it. */
export function messageGroupId(target: ClaimTarget): string {
  const { connection } = target;
  const group =
    target.kind === "create"
      ? `${connection}#create#${target.scope}`
      : `${connection}#${target.definitionId}`;
  return GROUP_ID.test(group) ? group : `${connection}#${sha256Hex(group)}`;
}
