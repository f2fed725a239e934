/** A secret into which somebody has put bytes instead of a key. */
import type { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { afterAll, expect, it } from "vitest";
import type { ApplyDependencies } from "../../../shared/change-request/attempt/attempt.ts";
import { createConnectionKey } from "../../../shared/connection/connection-key.ts";
import { createSecretCache } from "../../../shared/platform/secret-cache.ts";
import { createSecretStore } from "../../../shared/platform/secret-store.secretsmanager.ts";
import { createHttpAgent } from "../../../shared/providers/http-agent.http.ts";
import { providerFor } from "../../../shared/providers/provider-for-connection.http.ts";
import { applied, applySteps } from "../../support/apply-steps.ts";
import { withRetellWorld } from "../../support/retell-world.ts";

const world = withRetellWorld();
const { calls, update } = applySteps(world, "secret");
const dispatcher = createHttpAgent();
afterAll(() => dispatcher.close());

/** What an invocation has whose key is the value of this secret. */
function withSecret(value: () => object): ApplyDependencies {
  const dependencies = world().dependencies();
  const { clock, connection } = dependencies;
  const client = { send: async () => value() } as unknown as SecretsManagerClient;
  const secrets = createSecretCache(createSecretStore(client), clock, 300_000);
  const apiKey = async () => (await secrets.get("arn")).text;
  return {
    ...dependencies,
    key: createConnectionKey(secrets, "arn"),
    provider: providerFor(connection, { apiKey, dispatcher, clock }),
  };
}

it("a secret without text is a refused key: the connection is paused with one alarm, until there is a key", async () => {
  const id = world().createOutside();
  let value: object = { SecretBinary: new Uint8Array([1, 2]), VersionId: "1" };
  const dependencies = withSecret(() => value);
  const request = update(id, { name: "Refunds" });
  for (let deliveries = 1; deliveries <= 40; deliveries += 1) {
    const delivery = { receiveCount: deliveries };
    expect(await world().apply(request, { dependencies, delivery })).toMatchObject({
      kind: "wait",
      reason: "key-refused",
    });
    world().clock.pass(15_000);
  }
  expect(await dependencies.health.read("retell")).toMatchObject({ state: "paused", reason: "key-refused" });
  expect(world().counted.filter((name) => name === "ConnectionPaused")).toHaveLength(1);
  expect(calls("GET")).toEqual([]);
  value = { SecretString: "key_test", VersionId: "2" };
  expect(await world().apply(request, { dependencies })).toEqual(applied);
});
