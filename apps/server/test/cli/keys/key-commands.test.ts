/** `kanda key` beside a running server, on whatever store the test file has chosen. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Caller } from '../../../../../test/support/caller.ts';
import { endAll, KandaProcess } from '../../../../../test/support/kanda-process.ts';
import { accountWithKey, kanda, PASSWORD } from '../lib/run-kanda.ts';

afterAll(endAll);

const REFUSED_WITHIN_MS = 2_000;

describe('kanda key, beside a running server', () => {
  let server: KandaProcess;
  let caller: Caller;
  beforeAll(async () => {
    server = await KandaProcess.start({ env: { KANDA_REGISTRATION: 'closed' } });
    caller = new Caller(server.url);
    await accountWithKey(server.dataDir);
  });
  afterAll(() => caller.close());

  const key = (command: string, ...args: string[]) =>
    kanda(['key', command, '--data-dir', server.dataDir, ...args]);
  const create = async (...args: string[]) => JSON.parse((await key('create', '--json', ...args)).stdout);

  test('create: the key works at once, with the scopes and the end that were asked for', async () => {
    const made = await create(
      '--name',
      'help desk',
      '--scopes',
      'totp:read,totp:support',
      '--expires',
      '90d',
    );
    expect(made).toMatchObject({
      name: 'help desk',
      mode: 'live',
      scopes: ['totp:read', 'totp:support'],
      apiKey: expect.stringMatching(/^kan_/),
    });
    const days = (Date.parse(made.expiresAt) - Date.parse(made.createdAt)) / 86_400_000;
    expect(days).toBeCloseTo(90, 2);
    const holder = caller.withBearer(made.apiKey);
    expect((await holder.get('/api/totp/clients')).status).toBe(200);
    expect((await holder.get('/api/logs')).json).toMatchObject({ code: 'scope_missing' });

    const { apiKey } = await create('--name', 'until then', '--expires', '2999-01-31');
    expect((await caller.withBearer(apiKey).get('/api/logs')).status).toBe(200);
    for (const [args, said] of [
      [['--name', 'x', '--scopes', 'totp:all'], /^--scopes takes some of totp:write, .*, not totp:all\./],
      [['--name', 'x', '--expires', 'soon'], /^--expires is "soon", not a time\. Examples/],
      [
        ['--name', 'x', '--expires', '2999-01-31T09:30'],
        /^--expires is "2999-01-31T09:30", not a time\. Examples/,
      ],
      [['--name', 'x', '--expires', '2020-01-01'], /^--expires 2020-01-01 does not lie in the future/],
      [['--name', ''], /^--name takes a name for people/],
    ] as const) {
      expect(await key('create', ...args)).toMatchObject({ code: 1, stderr: expect.stringMatching(said) });
    }
  });

  test('a leaked key: revoked by its text; it and its token end within two seconds, and the log says who did it', async () => {
    const { id, apiKey } = await create('--name', 'leaked');
    const holders = [
      caller.withBearer(apiKey),
      caller.withBearer((await caller.post('/api/auth/token', { apiKey })).json.token),
    ];
    for (const holder of holders) expect((await holder.get('/api/totp/clients')).status).toBe(200);

    const revoked = await key('revoke', apiKey);
    const revokedAt = performance.now();
    expect(revoked).toMatchObject({
      code: 0,
      stdout: `The API key ${id} of owner@example.com is revoked.\n`,
    });
    expect(revoked.stdout + revoked.stderr).not.toContain(apiKey);
    for (const holder of holders) {
      let lastGood = revokedAt;
      for (let status = 200; status === 200; ) {
        const sent = performance.now();
        status = (await holder.get('/api/totp/clients')).status;
        if (status === 200) lastGood = sent;
        else expect(status).toBe(401);
      }
      expect(lastGood - revokedAt).toBeLessThan(REFUSED_WITHIN_MS);
    }
    expect(await key('revoke', id)).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^There is no such API key: .*kanda key list/),
    });
    const { apiKey: other } = await create('--name', 'reads the log');
    const events = await caller.withBearer(other).events();
    expect(events.filter(({ event }) => event === 'key.revoked')).toMatchObject([
      { outcome: 'success', actor: 'cli' },
    ]);
  });

  test('list: what the API lists, as a table and as JSON; those of the test half apart', async () => {
    const login = await caller.post('/api/auth/login', { email: 'owner@example.com', password: PASSWORD });
    const owner = caller.withBearer(login.json.token);
    const listed = JSON.parse((await key('list', '--json')).stdout);
    expect(listed).toEqual((await owner.get('/api/keys')).json.data);
    expect((await key('list')).stdout).toMatch(/^ID +LAST USED +EXPIRES +SCOPES +NAME\n/);

    expect(await key('list', '--test')).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/has no test half/),
    });
    expect((await owner.post('/api/keys', { name: 'test', mode: 'test' })).status).toBe(201);
    const made = await create('--test', '--name', 'of the half');
    expect(made).toMatchObject({ mode: 'test', apiKey: expect.stringMatching(/^kan_test_/) });
    expect((await caller.withBearer(made.apiKey).get('/api/totp/clients')).status).toBe(200);
    expect(JSON.parse((await key('list', '--test', '--json')).stdout)).toHaveLength(2);
    expect(await key('revoke', made.id)).toMatchObject({ code: 0 });
    expect(JSON.parse((await key('list', '--test', '--json')).stdout)).toHaveLength(1);
  });
});
