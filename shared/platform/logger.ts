/** The log of a function: one line of JSON per event on its standard output, with Lambda's own fields. */
import { Logger } from "@aws-lambda-powertools/logger";
import type { Log } from "./log.ts";

/** Level and service name come from `LOG_LEVEL` and `POWERTOOLS_SERVICE_NAME`. */
export function createLogger(): Log {
  const logger = new Logger();
  return {
    info: (event, fields = {}) => logger.info(event, fields),
    warn: (event, fields = {}) => logger.warn(event, fields),
    error: (event, fields = {}) => logger.error(event, fields),
  };
}
