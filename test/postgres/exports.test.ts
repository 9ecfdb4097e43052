/** Exports over HTTP, and all of it taken into another account, with everything in PostgreSQL. */
import { afterAll } from 'vitest';
import { endDatabases, usePostgres } from '../support/test-database.ts';

usePostgres();
// Before those of the files below, so that it runs after them.
afterAll(endDatabases);
await import('../../apps/server/test/http/clients/export.test.ts');
await import('../../apps/server/test/http/clients/export-import.test.ts');
