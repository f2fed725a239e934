/** Composition root: the secret that holds the API's tokens, and the handler over it. */
import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { systemClock } from "../../shared/platform/clock.ts";
import { requiredVariables } from "../../shared/platform/environment.ts";
import { createSecretCache } from "../../shared/platform/secret-cache.ts";
import { createSecretStore } from "../../shared/platform/secret-store.secretsmanager.ts";
import { createHandler } from "./handler.ts";

/** A new token works, and a removed one stops working, after this time at the latest. */
const TOKENS_LIFETIME_MS = 60_000;

const environment = requiredVariables(process.env, ["API_TOKENS_SECRET"]);
const secrets = createSecretCache(
  createSecretStore(new SecretsManagerClient()),
  systemClock,
  TOKENS_LIFETIME_MS,
);

export const handler = createHandler({ secrets, tokensArn: environment.API_TOKENS_SECRET });
