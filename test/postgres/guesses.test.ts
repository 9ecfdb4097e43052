/** The cases of test/adversary/guesses.test.ts, with everything in PostgreSQL. */
import { usePostgres } from '../support/test-database.ts';

usePostgres();
await import('../adversary/guesses.test.ts');
