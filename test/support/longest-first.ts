import { BaseSequencer, type TestSpecification } from 'vitest/node';

/**
 * Files that take longest on an idle machine, the longest first: one that begins last would run alone at the end.
 * vitest knows how long a file took, but not on a machine where it has not run yet.
 */
const LONGEST = [
  'apps/web/e2e/site.test.ts',
  'test/ha/failover.test.ts',
  'apps/web/e2e/dashboard-pages.test.ts',
  'apps/server/test/cli/master-keys/keys.test.ts',
  'test/repo/pack.test.ts',
  'test/repo/provenance.test.ts',
  'test/guides/trouble.test.ts',
  'test/guides/guides.test.ts',
  'test/guides/pause.test.ts',
  'test/process/unread-answers.test.ts',
  'apps/server/test/cli/store/restore.test.ts',
  'apps/web/e2e/authenticators.test.ts',
  'apps/web/e2e/dashboard.test.ts',
  'test/process/witness.test.ts',
  'test/process/floods.test.ts',
  'test/repo/deploying-page.test.ts',
  'apps/web/test/whole-site.test.ts',
  'test/fuzz/http.test.ts',
  'apps/server/test/store/sqlite.test.ts',
  'test/simulator/simulator.test.ts',
  'apps/server/test/http/server/limits.test.ts',
  'apps/server/test/http/keys/bearers.test.ts',
  'apps/server/test/background/retention.test.ts',
  'test/process/sockets.test.ts',
];

/** vitest's own order, with the files of LONGEST before all others. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const rank = ({ moduleId }: TestSpecification) => {
      const index = LONGEST.findIndex((path) => moduleId.endsWith(`/${path}`));
      return index < 0 ? LONGEST.length : index;
    };
    const order = ({ project }: TestSpecification) => project.config.sequence.groupOrder;
    return sorted.toSorted((a, b) => order(a) - order(b) || rank(a) - rank(b));
  }
}
