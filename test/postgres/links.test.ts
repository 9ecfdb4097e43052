/** The cases of apps/server/test/http/links/, with everything in PostgreSQL. */
import { afterAll } from 'vitest';
import { endDatabases, usePostgres } from '../support/test-database.ts';

usePostgres();
afterAll(endDatabases);
await import('../../apps/server/test/http/links/links.test.ts');
await import('../../apps/server/test/http/links/link-pages.test.ts');
await import('../../apps/server/test/http/links/link-limits.test.ts');
await import('../../apps/server/test/http/links/link-faults.test.ts');
await import('../../apps/server/test/http/links/link-embedding.test.ts');
