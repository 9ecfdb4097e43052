/** The cases of test/process/unread-answers.test.ts, with everything in PostgreSQL. */
import { usePostgres } from '../support/test-database.ts';

usePostgres();
await import('../process/unread-answers.test.ts');
