import type { Reporter, TestModule } from 'vitest/node';

/** Names the tests that passed only when they were tried again, with what failed first: a green list would hide them. */
export default class RetriedReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    for (const module of modules) {
      for (const test of module.children.allTests('passed')) {
        if (test.diagnostic()?.flaky !== true) continue;
        const [first] = test.result().errors ?? [];
        const reason = [first?.message ?? 'no reason was given', first?.diff ?? ''].join('\n').trimEnd();
        console.error(`retried: ${module.relativeModuleId}: ${test.fullName}: ${reason}`);
      }
    }
  }
}
