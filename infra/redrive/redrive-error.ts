/** The command cannot go on, for a reason that the operator can do something about. The message is shown as it is. */
export class RedriveError extends Error {
  override name = "RedriveError";
}
