import { describe, expect, it } from "vitest";
import { conformanceChecks } from "./conformance-checks.ts";
import { withAccount } from "./describe-provider.ts";
import type { ProviderHarness } from "./harness.ts";
import { plantedFaults } from "./planted-faults.ts";
import { retellHarness } from "./retell-harness.ts";
import { synthflowHarness } from "./synthflow-harness.ts";
import { telaHarness } from "./tela-harness.ts";

const providers: readonly { name: string; harness: ProviderHarness; hasPages: boolean }[] = [
  { name: "Retell", harness: retellHarness, hasPages: true },
  { name: "Synthflow", harness: synthflowHarness, hasPages: true },
  { name: "Tela", harness: telaHarness, hasPages: false },
];

describe.each(providers)(
  "the conformance kit for $name fails for an adapter that",
  ({ harness, hasPages }) => {
    const world = withAccount(harness);
    const possible = plantedFaults.filter(({ needsPages }) => hasPages || needsPages !== true);
    it.each(possible)("$what", async ({ plant, caughtBy }) => {
      for (const title of caughtBy) {
        const check = conformanceChecks.find((one) => one.title === title);
        if (check === undefined) throw new Error(`the kit has no check "${title}"`);
        await expect(check.run(world(plant)), title).rejects.toThrow();
      }
    });
  },
);

it("has demands that differ in their titles", () => {
  const titles = conformanceChecks.map(({ title }) => title);
  expect(new Set(titles).size).toBe(titles.length);
});
