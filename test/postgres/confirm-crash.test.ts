/** The cases of test/process/confirm-crash.test.ts, with everything in PostgreSQL. */
import { usePostgres } from '../support/test-database.ts';

usePostgres();
await import('../process/confirm-crash.test.ts');
