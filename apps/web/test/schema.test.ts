import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { apiTypes } from '../../../tools/api-types.ts';

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));

test('the client’s types are those of openapi.json: else run npm run types -w @kanda/web', () => {
  expect(readFileSync(path('../src/api/schema.d.ts'), 'utf8') === apiTypes()).toBe(true);
});
