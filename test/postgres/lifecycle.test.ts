/** The cases of test/adversary/lifecycle.test.ts and lifecycle-clocks.test.ts, with everything in PostgreSQL. */
import { usePostgres } from '../support/test-database.ts';

usePostgres();
await import('../adversary/lifecycle.test.ts');
await import('../adversary/lifecycle-clocks.test.ts');
