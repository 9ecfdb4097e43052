import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: [
      'packages/*/test/**/*.test.ts',
      'apps/*/test/**/*.test.ts',
      'apps/web/e2e/*.test.ts',
      'test/**/*.test.ts',
    ],
    watch: false,
    // Tests that start, kill and signal real servers need processes of their own, not threads.
    pool: 'forks',
    maxWorkers: 2,
    // Long enough for a test that starts a server on a busy machine; a slow unit test shows by its time.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    slowTestThreshold: 1_000,
  },
});
