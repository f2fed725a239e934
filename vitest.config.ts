import { defineConfig } from "vitest/config";

const properties = "test/**/*.property.test.ts";
const integration = "test/integration/**/*.test.ts";
const infra = "test/infra/**/*.test.ts";

export default defineConfig({
  test: {
    passWithNoTests: false,
    // Whole stacks run in some of the files and mostly wait: one more than the two cores, and no more than that.
    maxWorkers: 3,
    reporters: ["default", "./test/support/closing-line-reporter.ts"],
    projects: [
      { test: { name: "unit", include: ["test/**/*.test.ts"], exclude: [properties, integration, infra] } },
      { test: { name: "property", include: [properties], exclude: [integration], testTimeout: 60_000 } },
      // Real engines, processes and HTTP servers, each file with its own.
      {
        test: {
          name: "integration",
          include: [integration],
          pool: "forks",
          // Cases that mostly wait for a lease or the settle time run side by side.
          maxConcurrency: 5,
          testTimeout: 240_000,
          hookTimeout: 180_000,
        },
      },
      {
        test: { name: "infra", include: [infra], pool: "forks", testTimeout: 120_000, hookTimeout: 120_000 },
      },
    ],
  },
});
