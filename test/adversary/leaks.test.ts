/**
 * What leaves the server on purpose (security.md, case 22; the files and log lines of the server itself are searched
 * in test/process/no-secrets.test.ts): the answers to refused calls, the exports, the metrics and a backup hold no
 * seed, code, API key, password or token, whatever was sent where.
 *
 * Seen to fail with the guard out: with the name of an unknown field quoted as it was sent (http/server/problems.ts,
 * FIELD_NAME), the key that stood in its place came back; with the URL in the answer for an unknown path
 * (http/server/app.ts), the token did.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { decodeBase32 } from '@kanda/otp';
import { afterAll, expect, test } from 'vitest';
import { bareEnvironment } from '../../tools/child-environment.mjs';
import { Caller, codeOf, openAccount } from '../support/caller.ts';
import { endAll, KandaProcess, temporaryFolder } from '../support/kanda-process.ts';
import { ENDS_WITHIN_MS } from '../support/patience.ts';

const KANDA = fileURLToPath(new URL('../../apps/server/bin/kanda.mjs', import.meta.url));

afterAll(endAll);

test('no secret is in the answer to a refused call, in an export, in the metrics or in a backup', async () => {
  const server = await KandaProcess.start();
  const password = 'eleven brass kettles sing at dawn';
  const access = await openAccount(server.url, password);
  const anyone = new Caller(server.url);
  const caller = anyone.withBearer(access.token);
  const { clientId, secret, period } = await caller.enrol('alice', { period: 300 });
  const code = codeOf({ secret, period });
  expect((await caller.validate(clientId, code)).json).toEqual({ valid: true });

  const bytes = Buffer.from(decodeBase32(secret));
  const masterKey = readFileSync(join(server.dataDir, 'master.key'), 'utf8').trim();
  const secrets = new Map<string, string | Buffer>([
    ['the seed', secret],
    ['the seed in lower case', secret.toLowerCase()],
    ['the seed in hex', bytes.toString('hex')],
    ['the seed in base64', bytes.toString('base64').replace(/=+$/, '')],
    ['the seed itself', bytes],
    ['the key', access.apiKey],
    ["the key's secret part", access.apiKey.split('_')[2] as string],
    ['the token', access.token],
    ["the token's signature", access.token.split('.')[2] as string],
    ['the password', password],
    ['the master key', masterKey],
    ['the master key itself', Buffer.from(masterKey, 'base64')],
  ]);
  const found = (text: string | Buffer) => {
    const haystack = Buffer.from(text);
    return [...secrets].filter(([, needle]) => haystack.includes(needle)).map(([name]) => name);
  };

  // Each text that is secret, wherever a caller may put it by mistake. A code is six digits, which a request id may
  // hold by chance: it is looked for in the words of an answer.
  let refused = 0;
  const texts = [secret, access.apiKey, access.token, password, code];
  for (const text of texts) {
    const inUrl = encodeURIComponent(text);
    const calls = [
      anyone.get(`/${inUrl}`),
      anyone.get(`/api/${inUrl}`),
      caller.get(`/api/totp/clients/${inUrl}%00`),
      caller.get(`/api/totp/clients?${inUrl}=1`),
      caller.get(`/api/totp/clients?cursor=${inUrl}`),
      caller.get(`/api/totp/clients?status=${inUrl}`),
      caller.get(`/api/logs?event=${inUrl}&from=${inUrl}`),
      caller.call('DELETE', `/api/keys/${inUrl}`),
      anyone.withBearer(`${text}x`).get('/api/auth/me'),
      anyone.get('/api/auth/me', { authorization: text }),
      anyone.get('/api/auth/me', { authorization: `Basic ${text}` }),
      anyone.post('/api/auth/token', { apiKey: `${text}x` }),
      anyone.post('/api/auth/token', { [text]: 1 }),
      anyone.post('/api/auth/login', { email: text, password: text }),
      anyone.post('/api/auth/login', { email: 'unknown@example.com', password: `${text}x` }),
      anyone.post('/api/auth/register', { email: 'a@example.com', password: text.slice(0, 8), [text]: text }),
      caller.post('/api/keys', { name: text, scopes: [text] }),
      caller.post('/api/totp/register', { clientId: 'b', label: 'b', issuer: 'b', secret: `${text}1` }),
      caller.post('/api/totp/register', {
        clientId: text,
        label: ':',
        issuer: text,
        algorithm: text,
        qr: text,
      }),
      caller.post('/api/totp/validate', { clientId, token: ` ${text}` }),
      caller.post('/api/totp/validate', { clientId, token: [text] }),
      caller.post('/api/totp/validate', { clientId, token: { [text]: text } }),
      caller.call('PUT', '/api/policy', { skew: text, [text]: text }),
      anyone.post('/api/auth/login', undefined, { 'content-type': text.replace(/[^\w-]/g, '') }),
    ];
    for (const answer of await Promise.all(calls)) {
      expect(answer.status, answer.text).toBeGreaterThanOrEqual(400);
      refused++;
      expect(found(answer.text), answer.text).toEqual([]);
      expect(found(JSON.stringify(answer.headers))).toEqual([]);
      const { requestId: _, ...words } = answer.json;
      expect(JSON.stringify(words)).not.toContain(code);
    }
  }
  expect(refused).toBe(texts.length * 24);

  for (const path of [
    '/api/logs?limit=200',
    '/api/logs?format=csv',
    '/api/logs?format=ndjson',
    '/api/keys',
  ]) {
    const { status, text } = await caller.get(path);
    expect(status).toBe(200);
    expect(found(text), path).toEqual([]);
  }
  for (const path of [
    '/api/totp/clients',
    '/api/totp/clients/alice',
    '/api/auth/me',
    '/api/auth/sessions',
    '/metrics',
  ]) {
    expect(found((await caller.get(path)).text), path).toEqual([]);
  }

  const copy = join(temporaryFolder(), 'copy.db');
  const backup = spawnSync(process.execPath, [KANDA, 'backup', copy, '--data-dir', server.dataDir], {
    encoding: 'utf8',
    env: bareEnvironment(),
    timeout: ENDS_WITHIN_MS,
  });
  expect(backup.status, backup.stderr).toBe(0);
  expect(found(backup.stdout + backup.stderr)).toEqual([]);
  const file = readFileSync(copy);
  expect(found(file)).toEqual([]);
  expect(file.includes(code)).toBe(false);
  // The search does find what is there.
  expect(file.includes('alice@example.com')).toBe(true);
  await server.stop();
});
