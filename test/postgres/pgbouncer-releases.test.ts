/** The cases of releases-alone.test.ts, with PgBouncer in transaction mode between the servers and PostgreSQL. */
import { test } from 'vitest';
import { pgBouncerProgram } from '../support/pgbouncer.ts';
import { usePgBouncer } from '../support/test-database.ts';

if (pgBouncerProgram() === null) {
  test.skip('two releases behind PgBouncer', () => {});
} else {
  usePgBouncer();
  await import('./releases-alone.test.ts');
}
