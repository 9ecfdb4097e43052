import { BaseSequencer, type TestSpecification } from 'vitest/node';

/**
 * Files that take longest on an idle machine, the longest first: one that begins last would run alone at the end.
 * vitest knows how long a file took, but not on a machine where it has not run yet. None of a project whose files share
 * a worker, which would be a worker more.
 */
const LONGEST = [
  'apps/server/test/store/postgres.test.ts',
  'test/postgres/pgbouncer-store.test.ts',
  'test/postgres/crash.test.ts',
  'apps/web/e2e/site.test.ts',
  'test/repo/docs-snippets.test.ts',
  'test/postgres/python-scenarios-postgres.test.ts',
  'test/guides/trouble.test.ts',
  'apps/server/test/cli/master-keys/keys.test.ts',
  'test/postgres/restored-database.test.ts',
  'apps/web/e2e/dashboard-pages.test.ts',
  'test/postgres/sdk-scenarios-postgres.test.ts',
  'test/postgres/commands.test.ts',
  'test/postgres/unread-answers.test.ts',
  'apps/server/test/cli/store/restore.test.ts',
  'test/guides/guides.test.ts',
  'test/postgres/keys.test.ts',
  'apps/web/e2e/foreign-ids.test.ts',
  'test/ha/failover.test.ts',
  'test/process/crash.test.ts',
  'test/repo/pack.test.ts',
  'test/sdk/python-package.test.ts',
  'test/process/floods.test.ts',
  'test/simulator/simulator.test.ts',
  'apps/server/test/cli/store/migrate.test.ts',
  'test/process/unread-answers.test.ts',
  'test/postgres/store-copy-command.test.ts',
  'apps/web/e2e/import.test.ts',
  'test/postgres/lifecycle.test.ts',
  'apps/web/e2e/overview.test.ts',
  'apps/web/e2e/import-files.test.ts',
  'apps/server/test/cli/clients/import.test.ts',
  'test/repo/deploying-page.test.ts',
  'test/sdk/sdk-frameworks.test.ts',
  'apps/web/e2e/authenticators.test.ts',
  'apps/web/e2e/dashboard.test.ts',
  'test/sdk/sdk-cuts.test.ts',
  'test/process/confirm-crash.test.ts',
  'apps/web/e2e/sign-in.test.ts',
  'test/sdk/go-module.test.ts',
  'test/process/refused-starts.test.ts',
  'test/process/witness.test.ts',
  'test/sdk/python-cuts.test.ts',
  'test/process/stop.test.ts',
  'apps/server/test/cli/clients/export.test.ts',
  'apps/server/test/cli/log/audit.test.ts',
  'apps/web/e2e/newcomer.test.ts',
  'apps/web/e2e/trusted-devices.test.ts',
  'test/postgres/pgbouncer.test.ts',
  'apps/server/test/cli/accounts/account.test.ts',
  'apps/web/test/whole-site.test.ts',
  'test/sdk/python-scenarios.test.ts',
  'test/process/faults.test.ts',
  'test/postgres/two-processes.test.ts',
  'test/process/telemetry.test.ts',
  'test/postgres/races.test.ts',
  'test/sdk/sdk-package.test.ts',
  'apps/web/e2e/log-and-playground.test.ts',
  'test/postgres/audit.test.ts',
  'test/postgres/stranger-floods.test.ts',
  'test/repo/docs-guides.test.ts',
  'apps/server/test/cli/doctor/doctor.test.ts',
  'test/postgres/signed-past.test.ts',
  'test/fuzz/http.test.ts',
  'apps/web/e2e/clock-ahead.test.ts',
  'test/postgres/nodes.test.ts',
  'test/postgres/feed-nodes.test.ts',
  'test/process/stranger-floods.test.ts',
  'test/model/model.test.ts',
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
