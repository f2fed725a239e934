/** Secrets in AWS Secrets Manager. */
import { GetSecretValueCommand, type SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import type { SecretStore } from "./secret-cache.ts";

export function createSecretStore(client: SecretsManagerClient): SecretStore {
  return {
    async read(arn) {
      const { SecretString, VersionId } = await client.send(new GetSecretValueCommand({ SecretId: arn }));
      if (SecretString === undefined || VersionId === undefined) {
        throw new Error(`the secret ${arn} holds no text`);
      }
      return { text: SecretString, version: VersionId };
    },
  };
}
