import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createHandler } from "../../../functions/authorize/handler.ts";
import { apiTokensSecret } from "../../../infra/local/resources/api-tokens.ts";
import { type SecretsFront, startSecretsFront } from "../../../infra/local/resources/secrets-front.http.ts";
import { createSecretCache } from "../../../shared/platform/secret-cache.ts";
import { createSecretStore } from "../../../shared/platform/secret-store.secretsmanager.ts";

const arn = "arn:aws:secretsmanager:us-east-1:000000000000:secret:stack/api-tokens-AbCdEf";
const tokens = {
  reader: { token: "reader-1", salt: "aa" },
  editor: { token: "editor-1", salt: "bb" },
  operator: { token: "operator-1", salt: "cc" },
};
const secrets = new Map([[arn, apiTokensSecret(tokens)]]);
let front: SecretsFront;
let client: SecretsManagerClient;
let now = 0;

beforeAll(async () => {
  front = await startSecretsFront(secrets);
  client = new SecretsManagerClient({
    endpoint: front.endpoint,
    region: "us-east-1",
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
  });
});
afterAll(async () => {
  client.destroy();
  await front.stop();
});

const handlerOf = (tokensArn: string) =>
  createHandler({
    secrets: createSecretCache(createSecretStore(client), { now: () => now }, 60_000),
    tokensArn,
  });
const bearer = (token: string) => ({ headers: { authorization: `Bearer ${token}` } });

describe("the authorizer over the secret store", () => {
  it("knows the tokens of the secret, and forgets a removed one when the cached secret's time is up", async () => {
    const authorize = handlerOf(arn);
    for (const role of ["reader", "editor", "operator"] as const) {
      expect((await authorize(bearer(tokens[role].token))).context).toEqual({
        subject: `local-${role}`,
        role,
      });
    }
    secrets.set(arn, JSON.stringify({ tokens: [] }));
    expect((await authorize(bearer("reader-1"))).context).toMatchObject({ role: "reader" });
    now += 60_000;
    expect((await authorize(bearer("reader-1"))).context).toEqual({ role: "none" });
  });

  it("fails where there is no such secret", async () => {
    await expect(handlerOf(`${arn}x`)(bearer("reader-1"))).rejects.toMatchObject({
      name: "ResourceNotFoundException",
    });
  });
});
