/** The cases of test/process/stranger-floods.test.ts, with everything in PostgreSQL. */
import { usePostgres } from '../support/test-database.ts';

usePostgres();
await import('../process/stranger-floods.test.ts');
