import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));

test('the client’s types are those of openapi.json: else run npm run types -w @kanda/web', () => {
  const generator = path('../node_modules/openapi-typescript/bin/cli.js');
  const fresh = execFileSync(process.execPath, [generator, path('../../../openapi.json')], {
    encoding: 'utf8',
  });
  expect(readFileSync(path('../src/api/schema.d.ts'), 'utf8') === fresh).toBe(true);
});
