import { expect, it } from "vitest";
import { createConnectionKey } from "../../../shared/connection/connection-key.ts";
import { createSecretCache } from "../../../shared/platform/secret-cache.ts";

it("the key's version is that of the cached secret, until it is refreshed", async () => {
  let stored = { text: "key-1", version: "v1" };
  const secrets = createSecretCache({ read: async () => stored }, { now: () => 0 }, 60_000);
  const key = createConnectionKey(secrets, "arn");
  expect(await key.version()).toBe("v1");
  stored = { text: "key-2", version: "v2" };
  expect(await key.version()).toBe("v1");
  expect(await key.refresh()).toBe("v2");
  expect(await key.version()).toBe("v2");
  // What the provider's calls use from here on.
  expect((await secrets.get("arn")).text).toBe("key-2");
});
