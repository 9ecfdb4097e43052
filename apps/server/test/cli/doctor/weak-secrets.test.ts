/**
 * Secrets shorter than RFC 4226 asks for, as `kanda doctor` counts them, on whatever store the test file has chosen.
 *
 * Seen to fail: with `weakSecrets` of either store's facts giving 0.
 */
import { afterAll, expect, test } from 'vitest';
import { Caller } from '../../../../../test/support/caller.ts';
import { endAll, KandaProcess, temporaryFolder } from '../../../../../test/support/kanda-process.ts';
import { accountWithKey, kanda } from '../lib/run-kanda.ts';

/** 80 bits. */
const SHORT = { secret: 'JBSWY3DPEHPK3PXP', allowShortSecret: true };

afterAll(endAll);

test('doctor counts weak secrets of every client, and says how to replace them', async () => {
  const dataDir = temporaryFolder();
  const { apiKey } = await accountWithKey(dataDir, 'owner@example.com');
  const server = await KandaProcess.start({ dataDir });
  const caller = new Caller(server.url).withBearer(apiKey);
  await caller.enrol('alice');
  expect(await doctorSays(dataDir)).toEqual([]);
  await caller.enrol('bob', SHORT);
  await caller.post('/api/totp/clients/alice/authenticators', { ...SHORT, name: 'Old phone', qr: 'none' });
  caller.close();
  expect(await doctorSays(dataDir)).toEqual([
    {
      check: 'Weak secrets',
      level: 'look',
      found: '2 secrets of fewer than the 128 bits that RFC 4226 asks for',
      remedy: expect.stringContaining('GET /api/totp/clients?weak=true'),
    },
  ]);
  await server.stop();
});

async function doctorSays(dataDir: string): Promise<readonly object[]> {
  // It ends with 1 where it finds more, such as a test's database that does not sync.
  const { stdout } = await kanda(['doctor', '--json', '--data-dir', dataDir, '--port', '0']);
  const { checks } = JSON.parse(stdout) as { checks: { check: string }[] };
  return checks.filter(({ check }) => check === 'Weak secrets');
}
