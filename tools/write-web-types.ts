/** Writes `apps/web/src/api/schema.d.ts`, the types of openapi.json. */
import { writeFileSync } from 'node:fs';
import { apiTypes } from './api-types.ts';

writeFileSync(new URL('../apps/web/src/api/schema.d.ts', import.meta.url), apiTypes());
