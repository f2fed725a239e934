/**
 * The connections of a run: those of `cdk.json` or of a file, with the options of this run applied. Where the file is
 * `cdk.json`, those of the demo join them.
 */
import { readFileSync } from "node:fs";
import { ConfigurationError, type Connection, parseConnections } from "../../shared/platform/config.ts";
import { requireFittingOptions } from "../../shared/providers/connection-notes.ts";
import { demoConnections } from "./demo/demo-connections.ts";
import type { StartOptions } from "./options.ts";
import { StartError } from "./start-error.ts";

export type RunConfiguration = {
  readonly connections: readonly Connection[];
  /** The context of `cdk.json` (feature flags), without the connections. */
  readonly context: Readonly<Record<string, unknown>>;
};

/**
 * @param cdkFile path of `cdk.json`
 * @throws {StartError} for a file that cannot be read and for options that name no connection
 * @throws {ConfigurationError} for connections that do not fit the schema
 */
export function readRunConfiguration(cdkFile: string, options: StartOptions): RunConfiguration {
  const cdk = readJsonObject(cdkFile);
  const { connections: ofCdk, ...context } = objectMember(cdk, "context") ?? {};
  const source = options.config ?? cdkFile;
  const given = options.config === undefined ? ofCdk : connectionsOf(options.config);
  const configured = naming(source, () => {
    const parsed = parseConnections(given);
    requireFittingOptions(parsed);
    return parsed;
  });
  const connections =
    options.config === undefined ? [...configured, ...joiningDemo(configured, options)] : configured;
  return { connections: naming("with the options", () => applyOptions(connections, options)), context };
}

/**
 * A connection of each provider that none is configured for: with the demo all of them, otherwise those that an option
 * names. A run that calls a real provider has no demo.
 */
function joiningDemo(configured: readonly Connection[], options: StartOptions): readonly Connection[] {
  const hasDemo = options.demo && options.connectionUrls.size === 0;
  const named = Object.values(connectionOptions(options)).flatMap((values) => [...values.keys()]);
  const joining = demoConnections.filter(
    ({ id, provider }) =>
      configured.every((one) => one.id !== id && one.provider !== provider) &&
      (hasDemo || named.includes(id)),
  );
  return joining.length === 0 ? [] : parseConnections(joining);
}

/** The environment variable that holds a connection's API key locally. */
export function apiKeyVariable(connectionId: string): string {
  return `${connectionId.toUpperCase().replaceAll("-", "_")}_API_KEY`;
}

/** The connections as this run has them. Ranges are checked again, because the options come from outside. */
function applyOptions(connections: readonly Connection[], options: StartOptions): Connection[] {
  requireKnown(connections, options);
  return parseConnections(
    connections.map((connection) => ({
      ...connection,
      baseUrl: options.connectionUrls.get(connection.id) ?? connection.baseUrl,
      rateLimit: { ...connection.rateLimit, ...options.rates.get(connection.id) },
      settleSeconds: options.settleSeconds.get(connection.id) ?? connection.settleSeconds,
      callTimeoutSeconds: options.callTimeoutSeconds.get(connection.id) ?? connection.callTimeoutSeconds,
    })),
  );
}

/** The options that name connections, as they are written. */
function connectionOptions(options: StartOptions): Readonly<Record<string, ReadonlyMap<string, unknown>>> {
  return {
    "--connection-url": options.connectionUrls,
    "--rate": options.rates,
    "--settle": options.settleSeconds,
    "--call-timeout": options.callTimeoutSeconds,
  };
}

function requireKnown(connections: readonly Connection[], options: StartOptions): void {
  const known = connections.map(({ id }) => id);
  for (const [option, values] of Object.entries(connectionOptions(options))) {
    for (const id of values.keys()) {
      if (!known.includes(id)) {
        throw new StartError(`${option} names the connection "${id}"; there is: ${known.join(", ")}`);
      }
    }
  }
}

function connectionsOf(file: string): unknown {
  const content = readJsonObject(file);
  if (!("connections" in content)) throw new StartError(`${file} has no member "connections"`);
  return content["connections"];
}

function naming<T>(where: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof ConfigurationError) throw new ConfigurationError(`${where}: ${error.message}`);
    throw error;
  }
}

function readJsonObject(file: string): Record<string, unknown> {
  const text = readText(file);
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return { ...value };
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw new StartError(`${file} is not a JSON object`);
}

function readText(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    const reason = error instanceof Error && "code" in error ? String(error.code) : String(error);
    throw new StartError(`${file} cannot be read (${reason})`);
  }
}

function objectMember(value: Record<string, unknown>, name: string): Record<string, unknown> | undefined {
  const member = value[name];
  return typeof member === "object" && member !== null ? { ...member } : undefined;
}
