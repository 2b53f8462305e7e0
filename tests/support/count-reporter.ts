import type { Reporter, TestModule } from "vitest/node";

/** Prints the count as the last line of a run, in the plain form `N passed, N failed, N skipped`. */
export default class CountReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    const counts = { passed: 0, failed: unhandledErrors.length, skipped: 0 };
    for (const testModule of modules) {
      // A file that does not load and a group whose preparation fails count once each: their tests were not run.
      for (const group of [testModule, ...testModule.children.allSuites()]) {
        if (group.errors().length > 0) counts.failed += 1;
      }
      for (const test of testModule.children.allTests()) {
        const { state } = test.result();
        if (state === "passed") counts.passed += 1;
        else if (state === "failed") counts.failed += 1;
        else counts.skipped += 1;
      }
    }
    process.on("exit", () => {
      process.stdout.write(`\n${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped\n`);
    });
  }
}
