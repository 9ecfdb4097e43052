/** Trusted devices through a rotation of the master key: what they are known by is wrapped anew, and stays the same. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { Caller, codeOf } from '../../../../../test/support/caller.ts';
import { endAll } from '../../../../../test/support/kanda-process.ts';
import { kandaDone, PASSWORD } from '../lib/run-kanda.ts';
import { storeWithClient, withServer } from '../store/stores.ts';

afterAll(endAll);

test('a trusted device goes on when the master key was rotated and the old one retired', async () => {
  const { dataDir, apiKey, client } = await storeWithClient();
  const deviceToken = await withServer(dataDir, apiKey, async (caller, server) => {
    const anyone = new Caller(server.url);
    const credentials = { email: 'owner@example.com', password: PASSWORD };
    const { token } = (await anyone.post('/api/auth/login', credentials)).json;
    const owner = anyone.withBearer(token);
    expect((await owner.call('PUT', '/api/policy', { trustedDevices: true })).status).toBe(200);
    anyone.close();
    const body = { clientId: 'alice', token: codeOf(client), trustDevice: { label: 'Firefox' } };
    const trusted = await caller.post('/api/totp/validate', body);
    expect(trusted.json.valid, trusted.text).toBe(true);
    return trusted.json.deviceToken as string;
  });
  const masterKey = readFileSync(join(dataDir, 'master.key'), 'utf8');
  await kandaDone(['keys', 'rotate', '--data-dir', dataDir]);
  await kandaDone(['keys', 'retire', '--data-dir', dataDir]);
  expect(readFileSync(join(dataDir, 'master.key'), 'utf8')).not.toContain(masterKey.trim());
  await withServer(dataDir, apiKey, async (caller) => {
    const used = await caller.post('/api/totp/validate', { clientId: 'alice', deviceToken });
    expect(used.json).toMatchObject({ valid: true, method: 'trusted_device' });
  });
});
