/** Runs change requests dry, against the providers. Loaded by the first dry run: the rest of the API needs none of it. */
import type { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { type DryRun, type DryRunDependencies, dryRun } from "../../shared/change-request/dry-run.ts";
import type { ParsedRequest } from "../../shared/change-request/submission/parse-change-request.ts";
import { type AccessParts, providerAccess } from "../../shared/connection/provider-access.http.ts";
import type { Connection } from "../../shared/platform/config.ts";
import type { Metrics } from "../../shared/platform/metrics.ts";
import { createSecretCache } from "../../shared/platform/secret-cache.ts";
import { createSecretStore } from "../../shared/platform/secret-store.secretsmanager.ts";
import { createHttpAgent } from "../../shared/providers/http-agent.http.ts";
import type { LimiterStore } from "../../shared/rate-limit/limiter-store.ts";

/** A replaced key is used after this time at the latest. */
const SECRET_LIFETIME_MS = 60_000;

export function createDryRunner({
  connections,
  secretArns,
  secretsManager,
  rateLimits,
  ...stores
}: {
  readonly connections: readonly Connection[];
  /** By connection. */
  readonly secretArns: Readonly<Record<string, string>>;
  readonly secretsManager: SecretsManagerClient;
  readonly rateLimits: LimiterStore;
  readonly metrics: Metrics;
} & Omit<DryRunDependencies, "connection" | "key" | "provider" | "pacer">): (
  request: Extract<ParsedRequest, { valid: true }>,
  endsAt: number,
) => Promise<DryRun> {
  const { clock } = stores;
  const secrets = createSecretCache(createSecretStore(secretsManager), clock, SECRET_LIFETIME_MS);
  const access: AccessParts = {
    ...stores,
    secrets,
    dispatcher: createHttpAgent(),
    rateLimits,
    lane: "change",
  };
  const dependenciesOf = (connection: Connection): DryRunDependencies => {
    const arn = secretArns[connection.id];
    if (arn === undefined)
      throw new Error(`the environment names no secret of the connection ${connection.id}`);
    return { ...stores, ...providerAccess(access, connection, arn) };
  };
  const byConnection = new Map(connections.map((one) => [one.id, dependenciesOf(one)]));
  return async (parsed, endsAt) => {
    const dependencies = byConnection.get(parsed.request.connection);
    if (dependencies === undefined) throw new Error("a valid request names a known connection");
    return await dryRun(dependencies, parsed, endsAt);
  };
}
