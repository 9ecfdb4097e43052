/** The cases of test/process/crash.test.ts, with everything in PostgreSQL. */
import { usePostgres } from '../support/test-database.ts';

usePostgres();
await import('../process/crash.test.ts');
