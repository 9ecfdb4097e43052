import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import * as sdk from '../../packages/sdk/src/index.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

test('what the SDKs take from the server is what it says: else run npm run types -w @kanda/sdk', () => {
  const { status, stderr } = spawnSync(process.execPath, ['tools/write-sdk.ts', '--check'], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  expect(stderr).toBe('');
  expect(status).toBe(0);
});

test('each error code has its class, and the list for other languages names it', () => {
  const list = JSON.parse(readFileSync(`${ROOT}sdks/problems.json`, 'utf8')) as {
    code: keyof typeof sdk.PROBLEM_CLASSES;
    class: string;
  }[];
  const exported: Readonly<Record<string, unknown>> = { ...sdk };
  expect(list.length).toBeGreaterThan(50);
  expect(list.map(({ code }) => code)).toEqual(Object.keys(sdk.PROBLEM_CLASSES));
  for (const entry of list) expect(exported[entry.class]).toBe(sdk.PROBLEM_CLASSES[entry.code]);
});

test('the SDK knows its own version', () => {
  const { version } = JSON.parse(readFileSync(`${ROOT}packages/sdk/package.json`, 'utf8'));
  expect(sdk.VERSION).toBe(version);
});
