import { defineConfig } from "vitest/config";

const properties = "test/**/*.property.test.ts";
const infra = "test/infra/**/*.test.ts";
const integration = "test/integration/**/*.test.ts";
/** Whole stacks, engines of their own, and processes that are killed. */
const stacks = ["end-to-end", "crashes", "local-stack", "engines", "redrive"].map(
  (folder) => `test/integration/${folder}/**/*.test.ts`,
);
/** They change how all documents are stored, to save time. */
const simulated = ["test/simulation/**/*.test.ts", "test/shared/reconciliation/**/*.test.ts"];

export default defineConfig({
  test: {
    passWithNoTests: false,
    // Whole stacks run in some of the files and mostly wait: one more than the two cores, and no more than that.
    maxWorkers: 3,
    reporters: ["default", "./test/support/closing-line-reporter.ts"],
    // They run in the order of their names: the longest first.
    projects: [
      {
        test: {
          name: "end-to-end",
          include: stacks,
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
      // Real engines and HTTP servers, each file with its own. Nothing in the modules is changed by a file, so they
      // are loaded once for all: to load them anew takes as long as the tests.
      {
        test: {
          name: "integration",
          include: [integration],
          exclude: stacks,
          pool: "forks",
          isolate: false,
          maxConcurrency: 5,
          testTimeout: 240_000,
          hookTimeout: 180_000,
        },
      },
      { test: { name: "property", include: [properties], exclude: [integration], testTimeout: 60_000 } },
      { test: { name: "simulation", include: simulated, exclude: [properties] } },
      {
        test: {
          name: "unit",
          include: ["test/**/*.test.ts"],
          exclude: [properties, integration, infra, ...simulated],
          isolate: false,
        },
      },
    ],
  },
});
