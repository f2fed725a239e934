/** Failed calls to AWS that the same request may survive a little later. */

/** Refusals for load, which the SDK counts as the client's fault. */
const throttling = new Set([
  "ProvisionedThroughputExceededException",
  "RequestLimitExceeded",
  "ThrottlingException",
]);

/** The SDK has given up on a call for throttling, a failure on AWS's side, or no answer. */
export function isOutage(error: Error): boolean {
  // The SDK marks what it throws, also what it only passes on: a refused connection, a timeout.
  if (!("$metadata" in error)) return false;
  const isClientFault = "$fault" in error && error.$fault === "client";
  return !isClientFault || throttling.has(error.name);
}
