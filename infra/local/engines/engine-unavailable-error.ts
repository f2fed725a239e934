/**
 * Why the local engines cannot run:
 * - `not-installed`: there is no DynamoDB engine for this platform and none was named
 * - `port-taken`: a port that the caller demanded belongs to another process
 * - `data-in-use`: engines that are still running own the data folder
 * - `start-failed`: an engine did not come up, or does not answer
 * - `ended`: an engine process ended although nobody stopped it
 */
export type EngineUnavailableCode = "not-installed" | "port-taken" | "data-in-use" | "start-failed" | "ended";

/** The local engines cannot run. The message is one line, made to be shown to the user as it is. */
export class EngineUnavailableError extends Error {
  override readonly name = "EngineUnavailableError";
  readonly code: EngineUnavailableCode;

  constructor(code: EngineUnavailableCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.code = code;
  }
}
