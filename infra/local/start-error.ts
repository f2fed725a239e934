/** The stack cannot start, for a reason that the user can do something about. The message is shown as it is. */
export class StartError extends Error {
  override name = "StartError";
}
