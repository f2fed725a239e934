/** The edit names something that is not there. */
export class OutsideEditError extends Error {
  override name = "OutsideEditError";
}
