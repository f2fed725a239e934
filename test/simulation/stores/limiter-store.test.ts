import { expect, it } from "vitest";
import { limiterStoreContract } from "../../contract/limiter-store.contract.ts";
import { createMemoryLimiterStore } from "./limiter-store.memory.ts";

const store = createMemoryLimiterStore();
limiterStoreContract(() => store);

it("dates its answers as HTTP does, cut to the second", async () => {
  const dated = createMemoryLimiterStore(() => 1_999);
  expect(await dated.read("a")).toMatchObject({ storeDateAt: 1_000 });
  expect(await store.read("a")).not.toHaveProperty("storeDateAt");
});
