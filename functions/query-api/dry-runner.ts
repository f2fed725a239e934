/** Runs change requests dry, against the providers. Loaded by the first dry run: the rest of the API needs none of it. */
import type { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { type DryRun, type DryRunDependencies, dryRun } from "../../shared/change-request/dry-run.ts";
import type { ParsedRequest } from "../../shared/change-request/parse-change-request.ts";
import type { Connection } from "../../shared/platform/config.ts";
import { createSecretCache } from "../../shared/platform/secret-cache.ts";
import { createSecretStore } from "../../shared/platform/secret-store.secretsmanager.ts";
import { createHttpAgent } from "../../shared/providers/http-agent.http.ts";
import { providerFor } from "../../shared/providers/provider-for-connection.http.ts";

/** A replaced key is used after this time at the latest. */
const SECRET_LIFETIME_MS = 60_000;

export function createDryRunner({
  connections,
  secretArns,
  secretsManager,
  ...stores
}: {
  readonly connections: readonly Connection[];
  /** By connection. */
  readonly secretArns: Readonly<Record<string, string>>;
  readonly secretsManager: SecretsManagerClient;
} & Omit<DryRunDependencies, "connection" | "provider">): (
  request: Extract<ParsedRequest, { valid: true }>,
  endsAt: number,
) => Promise<DryRun> {
  const { clock } = stores;
  const secrets = createSecretCache(createSecretStore(secretsManager), clock, SECRET_LIFETIME_MS);
  const dispatcher = createHttpAgent();
  const dependenciesOf = (connection: Connection): DryRunDependencies => {
    const arn = secretArns[connection.id];
    if (arn === undefined)
      throw new Error(`the environment names no secret of the connection ${connection.id}`);
    const apiKey = async () => (await secrets.get(arn)).text;
    return { ...stores, connection, provider: providerFor(connection, { apiKey, dispatcher, clock }) };
  };
  const byConnection = new Map(connections.map((one) => [one.id, dependenciesOf(one)]));
  return async (parsed, endsAt) => {
    const dependencies = byConnection.get(parsed.request.connection);
    if (dependencies === undefined) throw new Error("a valid request names a known connection");
    return await dryRun(dependencies, parsed, endsAt);
  };
}
