import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

it('the snippet of the README prints what its comments say', () => {
  const directory = new URL('..', import.meta.url);
  const readme = readFileSync(new URL('README.md', directory), 'utf8');
  const [, snippet = ''] = /```ts\n([\s\S]+?)```/.exec(readme) ?? [];
  const promised = [...snippet.matchAll(/console\.log\(.*\); \/\/ (.*)/g)].map(([, line]) => line);
  expect(promised.length).toBeGreaterThan(0);
  const printed = execFileSync(process.execPath, ['--input-type=module-typescript', '--eval', snippet], {
    cwd: directory,
    encoding: 'utf8',
  });
  expect(printed.trim().split('\n')).toEqual(promised);
});
