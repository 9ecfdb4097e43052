/** The types of openapi.json for TypeScript, as the SDK and the dashboard have them: with the words of this version. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { withClosedLists } from '../apps/web/src/api/references.ts';

const ROOT = fileURLToPath(new URL('../', import.meta.url));

/** What openapi-typescript makes of it. */
export function apiTypes(): string {
  const generator = `${ROOT}apps/web/node_modules/openapi-typescript/bin/cli.js`;
  const folder = mkdtempSync(join(tmpdir(), 'kanda-types-'));
  try {
    const file = join(folder, 'openapi.json');
    const document = JSON.parse(readFileSync(`${ROOT}openapi.json`, 'utf8'));
    writeFileSync(file, JSON.stringify(withClosedLists(document)));
    return execFileSync(process.execPath, [generator, file], { encoding: 'utf8', maxBuffer: 2 ** 26 });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
