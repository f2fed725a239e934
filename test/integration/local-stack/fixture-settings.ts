import { join } from "node:path";
import type { FunctionSettings } from "../../../infra/local/functions/function-process.ts";

/** The fixture bundle as a function. */
export function fixtureSettings(
  logFolder: string,
  changes: Partial<FunctionSettings> = {},
): FunctionSettings {
  return {
    name: "fixture",
    taskRoot: join(import.meta.dirname, "fixture-bundle"),
    handler: "index.handler",
    functionArn: "arn:aws:lambda:us-east-1:000000000000:function:fixture",
    environment: {},
    timeoutMs: 20_000,
    logFile: join(logFolder, "fixture.log"),
    ...changes,
  };
}
