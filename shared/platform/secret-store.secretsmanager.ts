/** Secrets in AWS Secrets Manager. */
import { GetSecretValueCommand, type SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import type { SecretStore } from "./secret-cache.ts";

export function createSecretStore(client: Pick<SecretsManagerClient, "send">): SecretStore {
  return {
    async read(arn) {
      // A binary value has no text. It is what somebody has put there, and no failure to read it.
      const { SecretString: text = "", VersionId } = await client.send(
        new GetSecretValueCommand({ SecretId: arn }),
      );
      if (VersionId === undefined) throw new UnversionedSecretError(`the secret ${arn} has no version`);
      return { text, version: VersionId };
    },
  };
}

/** An answer that Secrets Manager never gives. */
class UnversionedSecretError extends Error {
  override name = "UnversionedSecretError";
}
