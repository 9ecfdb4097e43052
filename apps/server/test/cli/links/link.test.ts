/** `kanda link` beside a running server: what it prints is a page of that server. */
import { afterAll, expect, test } from 'vitest';
import { endAll, KandaProcess } from '../../../../../test/support/kanda-process.ts';
import { accountWithKey, kanda } from '../lib/run-kanda.ts';

afterAll(endAll);

test('makes a link that the server serves, refuses what cannot be, and shows no secret', async () => {
  const server = await KandaProcess.start();
  await accountWithKey(server.dataDir);
  const link = (...args: string[]) =>
    kanda([
      'link',
      '--data-dir',
      server.dataDir,
      '--public-url',
      server.url,
      '--client',
      'user-123',
      ...args,
    ]);
  const { code, stdout, stderr } = await link('--purpose', 'enrol', '--issuer', 'MyApp', '--json');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const made = JSON.parse(stdout);
  expect(made).toEqual({
    id: expect.stringMatching(/^lnk_/),
    url: expect.any(String),
    expiresAt: expect.any(String),
  });
  expect(made.url.startsWith(`${server.url}/l/`)).toBe(true);
  const page = await fetch(made.url);
  expect([page.status, (await page.text()).includes('MyApp')]).toEqual([200, true]);
  const told = await link('--purpose', 'enrol', '--issuer', 'MyApp', '--ttl', '600');
  expect(told.stdout.trim()).toMatch(/\/l\/[a-z2-7]{32}$/);
  expect(told.stderr).toContain('for user-123, until');
  // The newer one has ended the older.
  expect((await fetch(made.url)).status).toBe(410);
  for (const [args, why] of [
    [['--purpose', 'replace'], 'No link was made'],
    [['--purpose', 'steal'], '--purpose must be enrol, replace, challenge'],
    [['--purpose', 'enrol', '--issuer', 'MyApp', '--ttl', '10'], '--ttl must be 600 to 259200 seconds'],
    [['--purpose', 'enrol'], 'issuer is missing'],
  ] as const) {
    const refused = await link(...args);
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining(why)]);
  }
});
