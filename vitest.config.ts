import { defineConfig, type TestProjectInlineConfiguration } from 'vitest/config';
import { LongestFirst } from './test/support/longest-first.ts';
import { SOON } from './test/support/patience.ts';

/**
 * The tests by what they need and how long one may take. `npm test -- --project unit` runs one of them.
 * `test/repo/projects.test.ts` keeps every test file in exactly one.
 */

interface Project {
  readonly name: string;
  /** Globs of its files; a file belongs to the first project that names it. */
  readonly include: readonly string[];
  /** How long a test or a hook may take on a busy machine, seconds: ten times what the longest takes at rest, or so. */
  readonly seconds: number;
  readonly stage: Stage;
  readonly globalSetup?: string;
  /** Files that follow each other in a worker share what they import, which takes longer to load than most of them run. */
  readonly shared?: true;
}

/**
 * Stages run one after the other, the files of a stage side by side, the longest first. Functions of their arguments come
 * first, a worker for each of the two cores of a small machine. All else waits now and then, for servers, disks, browsers,
 * delays: a third worker has the processor meanwhile. With a stage of two workers for what computes most, the cores had
 * nothing to do for a third of it.
 */
type Stage = 'pure' | 'whole';

const PROJECTS: readonly Project[] = [
  {
    name: 'browser',
    include: ['apps/web/e2e/*.test.ts'],
    seconds: 300,
    stage: 'whole',
  },
  {
    name: 'ha',
    include: ['test/ha/*.test.ts'],
    seconds: 300,
    stage: 'whole',
  },
  {
    name: 'store-postgres',
    include: [
      'test/postgres/*.test.ts',
      'apps/server/test/store/postgres/*.test.ts',
      'apps/server/test/store/postgres.test.ts',
      'apps/server/test/store/copy/*.test.ts',
      'apps/server/test/store/operations/locked-clients.test.ts',
    ],
    seconds: 180,
    stage: 'whole',
    globalSetup: 'test/support/shared-postgres.ts',
  },
  {
    name: 'repository',
    include: [
      'test/repo/*.test.ts',
      'test/guides/*.test.ts',
      'apps/web/test/schema.test.ts',
      'apps/web/test/whole-site.test.ts',
    ],
    seconds: 240,
    stage: 'whole',
  },
  {
    name: 'adversary',
    include: ['test/adversary/*.test.ts', 'test/fuzz/*.test.ts'],
    seconds: 180,
    stage: 'whole',
  },
  {
    name: 'store-sqlite',
    include: ['apps/server/test/store/**/*.test.ts', 'test/simulator/*.test.ts', 'test/model/*.test.ts'],
    seconds: 180,
    stage: 'whole',
  },
  {
    name: 'http',
    include: [
      'apps/server/test/http/**/*.test.ts',
      'apps/server/test/background/*.test.ts',
      'apps/server/test/observability/metrics/metrics.test.ts',
    ],
    seconds: 120,
    stage: 'whole',
    shared: true,
  },
  {
    // Replaces a function of node:crypto, so nothing that uses it may be loaded before.
    name: 'unit-isolated',
    include: ['apps/server/test/crypto/password.test.ts'],
    seconds: 60,
    stage: 'whole',
  },
  {
    name: 'unit',
    include: [
      'packages/*/test/**/*.test.ts',
      'apps/server/test/{config,crypto,domain,observability}/**/*.test.ts',
      'apps/web/test/*.test.ts',
      'test/bench/*.test.ts',
    ],
    seconds: 60,
    stage: 'pure',
  },
  // Whatever no other names, such as a folder that is new: it can do no harm in a process of its own.
  {
    name: 'process',
    include: ['test/**/*.test.ts', 'apps/*/test/**/*.test.ts'],
    seconds: 240,
    stage: 'whole',
  },
];

/**
 * In CI a test that measures or waits is tried once more when it fails, and named at the end
 * (`test/support/retried-reporter.ts`), since the machine is shared with others. A fault fails twice. Elsewhere the first
 * failure counts, so that races show.
 */
const RETRIES = process.env.CI ? 1 : 0;

const STAGES: Record<Stage, TestProjectInlineConfiguration['test']> = {
  // Functions of their arguments: one file cannot disturb another, and what they import is loaded once.
  pure: { pool: 'threads', isolate: false, maxWorkers: 2, sequence: { groupOrder: 0 } },
  // Tests that start, kill and signal real servers need processes of their own, not threads.
  whole: { pool: 'forks', maxWorkers: 3, sequence: { groupOrder: 1 }, retry: RETRIES },
};

const projects = PROJECTS.map(({ name, include, seconds, stage, globalSetup, shared }, index) => ({
  test: {
    ...STAGES[stage],
    name,
    include: [...include],
    exclude: ['**/node_modules/**', ...PROJECTS.slice(0, index).flatMap((earlier) => earlier.include)],
    testTimeout: seconds * 1_000,
    hookTimeout: seconds * 1_000,
    expect: { poll: SOON },
    ...(globalSetup === undefined ? {} : { globalSetup }),
    ...(shared === undefined ? {} : { isolate: false }),
  },
}));

export default defineConfig({
  test: { projects, watch: false, slowTestThreshold: 1_000, sequence: { sequencer: LongestFirst } },
});
