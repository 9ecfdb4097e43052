/** Back would show the password that was typed, or the data of the account that has signed out. Seen to fail with `no-cache`. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { readSite } from '../../../src/http/site/site-files.ts';
import { startApp } from '../support/start-app.ts';

const folder = mkdtempSync(join(tmpdir(), 'kanda-private-pages-'));
for (const name of ['dashboard', 'signin', 'signup', 'index'])
  writeFileSync(join(folder, `${name}.html`), name);
const site = readSite(folder);
if (site === null) throw new Error('there is a dashboard.html');
const kanda = await startApp({ site });
afterAll(async () => {
  await kanda.close();
  rmSync(folder, { recursive: true, force: true });
});

test.each([
  ['/signin', 'no-store'],
  ['/signup?next=/', 'no-store'],
  ['/dashboard', 'no-store'],
  ['/dashboard/clients', 'no-store'],
  ['/', 'no-cache'],
])('%s is sent with %s', async (path, expected) => {
  for (const known of [{}, { 'if-none-match': '*' }]) {
    const answer = await kanda.call('GET', path, undefined, { headers: { accept: 'text/html', ...known } });
    expect(answer.headers['cache-control']).toBe(expected);
  }
});
