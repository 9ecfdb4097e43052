/** Seen to fail: with `openLinks` of either store's facts giving 0. */
import { afterAll, expect, test } from 'vitest';
import { Caller, openAccount } from '../../../../../test/support/caller.ts';
import { endAll, KandaProcess } from '../../../../../test/support/kanda-process.ts';
import { kanda } from '../lib/run-kanda.ts';

afterAll(endAll);

test('doctor says with what one-time links begin, and what to set', async () => {
  const server = await KandaProcess.start();
  const doctor = async (...more: string[]) => {
    // It ends with 1 where it finds more, such as a test's database that does not sync.
    const { stdout } = await kanda(['doctor', '--data-dir', server.dataDir, '--port', '0', ...more]);
    return stdout.split('\n').filter((line) => /^. Links |^ +→ Set KANDA_PUBLIC_URL/.test(line));
  };
  expect(await doctor()).toEqual([expect.stringMatching(/^✓ Links .*none is open/)]);
  // Others may reach it, and one may be made at any time.
  expect(await doctor('--host', '0.0.0.0')).toEqual([
    expect.stringMatching(/^! Links .*not set \(0 open links\)/),
    expect.stringContaining('https://login.example.com'),
  ]);
  const { apiKey } = await openAccount(server.url);
  const body = { clientId: 'ada', purpose: 'enrol', issuer: 'MyApp' };
  const made = await new Caller(server.url).withBearer(apiKey).call('POST', '/api/totp/links', body);
  expect(made.status).toBe(201);
  expect(await doctor()).toEqual([
    expect.stringMatching(/^! Links .*not set \(1 open link\)/),
    expect.stringContaining('Open links keep the address'),
  ]);
  expect(await doctor('--public-url', 'https://login.example.com')).toEqual([
    expect.stringMatching(/^✓ Links .*begin with https:\/\/login\.example\.com/),
  ]);
});
