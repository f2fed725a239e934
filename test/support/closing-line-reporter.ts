/** Ends a run with one line that tools read: `N passed, N failed`. */
import type { Reporter, SerializedError, TestModule } from "vitest/node";

export default class ClosingLineReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly SerializedError[]): void {
    const tests = modules.flatMap((module) => [...module.children.allTests()]);
    const passed = tests.filter((test) => test.result().state === "passed").length;
    const failed = tests.filter((test) => test.result().state === "failed").length;
    const broken = modules.filter((module) => module.errors().length > 0).length + errors.length;
    // After the default reporter's own summary.
    process.on("exit", () => process.stdout.write(`${passed} passed, ${failed + broken} failed\n`));
  }
}
