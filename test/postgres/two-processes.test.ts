/** The cases of test/process/two-processes.test.ts, with everything in PostgreSQL. */
import { usePostgres } from '../support/test-database.ts';

usePostgres();
await import('../process/two-processes.test.ts');
