/** Writes `openapi.json` from the routes, and what the SDKs take from it. `--check` writes nothing and fails when the file is stale. */
import { readFileSync, writeFileSync } from 'node:fs';
import { describeApi } from '../apps/server/src/http/server/describe-api.ts';

const file = new URL('../openapi.json', import.meta.url);
const text = `${JSON.stringify(await describeApi(), null, 2)}\n`;
if (process.argv.includes('--check')) {
  if (readFileSync(file, 'utf8') !== text) {
    console.error('openapi.json is not what the routes say. Run: npm run openapi');
    process.exitCode = 1;
  }
} else {
  writeFileSync(file, text);
  // The types and error classes of the SDKs are made from it.
  await import('./write-sdk.ts');
}
