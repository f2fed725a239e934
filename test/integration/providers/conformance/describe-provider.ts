/** Registers the conformance kit for one provider. See the README on how to add a provider. */
import { afterAll, beforeAll, describe, it } from "vitest";
import { agent } from "../provider-call-context.ts";
import { type ConformanceCheck, type ConformanceWorld, type Plant, worldOf } from "./check.ts";
import { conformanceChecks } from "./conformance-checks.ts";
import type { ProviderHarness, SimulatedAccount } from "./harness.ts";

export function describeProvider(
  name: string,
  harness: ProviderHarness,
  checks: readonly ConformanceCheck[] = conformanceChecks,
): void {
  describe(`the ${name} adapter`, () => {
    const world = withAccount(harness);
    for (const { title, run } of checks) it(title, async () => run(world()));
  });
}

/** An account for all tests of a `describe`, empty at the beginning of each. */
export function withAccount(harness: ProviderHarness): (plant?: Plant) => ConformanceWorld {
  let account: SimulatedAccount | undefined;
  beforeAll(async () => {
    account = await harness();
  });
  afterAll(() => account?.close());
  return (plant) => {
    if (account === undefined) throw new Error("the account is made in beforeAll");
    account.reset();
    return worldOf(account, agent(), plant);
  };
}
