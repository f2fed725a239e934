/** A function's environment variables, given in by its composition root. */
import { ConfigurationError } from "./config.ts";

/** @throws {ConfigurationError} naming every variable that is missing */
export function requiredVariables<Name extends string>(
  environment: Readonly<Record<string, string | undefined>>,
  names: readonly Name[],
): Record<Name, string> {
  const missing = names.filter((name) => !environment[name]);
  if (missing.length > 0) throw new ConfigurationError(`The environment lacks ${missing.join(", ")}`);
  return Object.fromEntries(names.map((name) => [name, environment[name]])) as Record<Name, string>;
}
