/** The cases of apps/server/test/http/receipts/receipts.test.ts, with everything in PostgreSQL. */
import { afterAll } from 'vitest';
import { endDatabases, usePostgres } from '../support/test-database.ts';

usePostgres();
afterAll(endDatabases);
await import('../../apps/server/test/http/receipts/receipts.test.ts');
