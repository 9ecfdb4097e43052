/** The cases of test/adversary/replay.test.ts, with everything in PostgreSQL. */
import { usePostgres } from '../support/test-database.ts';

usePostgres();
await import('../adversary/replay.test.ts');
