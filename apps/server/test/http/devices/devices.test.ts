/** Trusted devices: a browser is trusted with a code, listed and ended. */
import { DEFAULT_PARAMETERS, encodeBase32 } from '@kanda/otp';
import { describe, expect, test } from 'vitest';
import { CLI_ORIGIN } from '../../../src/domain/log/events.ts';
import { DAY_MS } from '../../../src/domain/time.ts';
import { codeAt, expectProblem, ownerAt, START, startApp, wrongCodeAt } from '../support/start-app.ts';
import { DEVICE_TOKEN, DEVICE_UNKNOWN, type Trusted, Trusting } from './trusting.ts';

const DEVICE = /^dev_[a-z2-7]{16}$/;

const trusting = Trusting.use();

describe('a code with trustDevice', () => {
  test('is answered with a token in a shape that scanners find, and what it rests on', async () => {
    const answer = await trusting.verdict({
      token: trusting.code,
      trustDevice: { label: 'Firefox on Linux' },
    });
    expect(answer).toEqual({
      valid: true,
      method: 'totp',
      authenticatorId: expect.stringMatching(/^aut_\d+$/),
      remainingRecoveryCodes: 0,
      deviceToken: expect.stringMatching(DEVICE_TOKEN),
      deviceId: expect.stringMatching(DEVICE),
      expiresAt: new Date(START + 30 * DAY_MS).toISOString(),
    });
    expect(await trusting.list()).toEqual([
      {
        id: answer.deviceId,
        label: 'Firefox on Linux',
        createdAt: new Date(START).toISOString(),
        lastUsedAt: null,
        expiresAt: answer.expiresAt,
      },
    ]);
  });

  test('of days from 1 to 90 ends after them', async () => {
    for (const days of [1, 90]) {
      const { expiresAt } = await trusting.trust({ label: 'Firefox', days });
      expect(expiresAt).toBe(new Date(trusting.kanda.now() + days * DAY_MS).toISOString());
    }
  });

  test.each([
    [{}, '/trustDevice/label', 'is missing'],
    [{ label: '' }, '/trustDevice/label', 'must not be empty'],
    [{ label: 'x', days: 0 }, '/trustDevice/days', 'must be 1 or more'],
    [{ label: 'x', days: 91 }, '/trustDevice/days', 'must be 90 or less'],
    [{ label: 'x', days: 1.5 }, '/trustDevice/days', 'must be an integer'],
    [{ label: 'x', remember: true }, '/trustDevice/remember', 'is not a field of this call'],
    ['Firefox', '/trustDevice', 'must be of the type object'],
    [null, '/trustDevice', 'must be of the type object'],
  ])('that is %j is 400, and the code can still be used', async (trustDevice, path, message) => {
    const problem = expectProblem(
      await trusting.validate({ token: trusting.code, trustDevice }),
      400,
      'body_invalid',
    );
    expect(problem.errors?.map((error: { path: string }) => error.path)).toContain(path);
    expect(JSON.stringify(problem.errors)).toContain(message);
    expect(await trusting.verdict({ token: trusting.code })).toEqual({ valid: true });
  });

  test('takes a user agent as the label, and none that misleads a reader', async () => {
    const label = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0';
    await trusting.trust({ label });
    expect(await trusting.list()).toMatchObject([{ label }]);
    for (const bad of ['a\u202eb', 'a\nb', '\u200b', 'x'.repeat(129)]) {
      expectProblem(
        await trusting.validate({ token: trusting.code, trustDevice: { label: bad } }),
        400,
        'body_invalid',
      );
    }
  });

  test('without the policy is 409 and says what to do; the code can still be used', async () => {
    await trusting.call('PUT', '/api/policy', {});
    const refused = await trusting.validate({ token: trusting.code, trustDevice: { label: 'Firefox' } });
    const { detail } = expectProblem(refused, 409, 'trusted_devices_off');
    expect(detail).toContain('PUT /api/policy');
    expect(await trusting.verdict({ token: trusting.code })).toEqual({ valid: true });
    expect(await trusting.list()).toEqual([]);
  });

  test('that is wrong is answered as ever, and trusts nothing', async () => {
    const token = wrongCodeAt(trusting.secret, trusting.kanda.now());
    const refused = await trusting.verdict({ token, trustDevice: { label: 'Firefox' } });
    expect(refused).toEqual({ valid: false, reason: 'invalid_code' });
    expect(await trusting.list()).toEqual([]);
  });

  test('of another length than the codes of the client is 400 that names the token, and counts as nothing', async () => {
    const answer = await trusting.validate({ token: '12345678', trustDevice: { label: 'Firefox' } });
    const { errors } = expectProblem(answer, 400, 'totp_code_malformed');
    expect(errors).toMatchObject([{ path: '/token' }]);
    const client = (await trusting.call('GET', trusting.url.replace('/devices', ''))).json();
    expect(client).toMatchObject({ failures: 0 });
  });

  test('of a client that is locked or disabled is answered as ever', async () => {
    const trustDevice = { label: 'Firefox' };
    const wrong = { token: wrongCodeAt(trusting.secret, trusting.kanda.now()), trustDevice };
    for (let count = 0; count < 5; count++) await trusting.verdict(wrong);
    const sent = { token: trusting.code, trustDevice };
    expect(await trusting.verdict(sent)).toEqual({ valid: false, reason: 'locked', retryAfter: 30 });
    await trusting.call('POST', `${trusting.url.replace('/devices', '')}/disable`);
    expect(await trusting.verdict(sent)).toEqual({ valid: false, reason: 'disabled' });
    expect(await trusting.list()).toEqual([]);
  });

  test('goes with a token alone', async () => {
    const trustDevice = { label: 'Firefox' };
    const { deviceToken } = await trusting.trust();
    for (const fields of [{ recoveryCode: '4KQ7-ZX0M-9TRB-2HWD' }, { deviceToken }, {}]) {
      const problem = expectProblem(await trusting.validate({ ...fields, trustDevice }), 400, 'body_invalid');
      expect(problem.errors).toEqual([
        { path: '/trustDevice', message: 'needs a token: only a right code has a browser trusted' },
      ]);
    }
    expect(await trusting.verdict({ deviceToken })).toMatchObject({ valid: true });
  });
});

describe('the devices of a user', () => {
  test('are listed oldest first, and ended one by one or all together', async () => {
    const [one, two, three] = [
      await trusting.trust({ label: 'one' }),
      await trusting.trust({ label: 'two' }),
      await trusting.trust({ label: 'three' }),
    ];
    expect(await trusting.list()).toMatchObject([{ label: 'one' }, { label: 'two' }, { label: 'three' }]);
    const end = () => trusting.call('DELETE', `${trusting.url}/${two.deviceId}`);
    expect((await end()).statusCode).toBe(204);
    expectProblem(await end(), 404, 'device_not_found');
    expect(await trusting.verdict({ deviceToken: two.deviceToken })).toEqual(DEVICE_UNKNOWN);
    for (let time = 0; time < 2; time++)
      expect((await trusting.call('DELETE', trusting.url)).statusCode).toBe(204);
    for (const { deviceToken } of [one, three])
      expect(await trusting.verdict({ deviceToken })).toEqual(DEVICE_UNKNOWN);
    expect(await trusting.list()).toEqual([]);
  });

  test('are seen one by one, as in the list, and no longer when they have ended', async () => {
    const ended = await trusting.trust({ label: 'one', days: 1 });
    const { deviceId, deviceToken } = await trusting.trust({ label: 'two' });
    const used = await trusting.verdict({ deviceToken });
    const see = (id: string, clientId = trusting.clientId) =>
      trusting.call('GET', `/api/totp/clients/${clientId}/devices/${id}`);
    const listed = await trusting.list();
    expect((await see(ended.deviceId)).json()).toEqual(listed[0]);
    expect((await see(deviceId)).json()).toEqual(listed[1]);
    expect((await see(deviceId)).json()).toMatchObject({ id: deviceId, label: 'two' });
    for (const token of [deviceToken, used.deviceToken])
      expect((await see(deviceId)).body).not.toContain(token);
    const sibling = `sibling-of-${trusting.clientId}`;
    await trusting.account.enrol(sibling);
    expectProblem(await see(deviceId, sibling), 404, 'device_not_found');
    trusting.kanda.advance(DAY_MS);
    expectProblem(await see(ended.deviceId), 404, 'device_not_found');
    await trusting.call('DELETE', `${trusting.url}/${deviceId}`);
    expectProblem(await see(deviceId), 404, 'device_not_found');
  });

  test('of no such client are 404, and an id of another shape is 400', async () => {
    const nowhere = '/api/totp/clients/unknown/devices';
    const id = 'dev_aaaaaaaaaaaaaaaa';
    for (const [method, path] of [
      ['GET', nowhere],
      ['DELETE', nowhere],
      ['GET', `${nowhere}/${id}`],
      ['DELETE', `${nowhere}/${id}`],
    ] as const) {
      expectProblem(await trusting.call(method, path), 404, 'client_not_found');
    }
    for (const bad of ['dev_1', 'aaaaaaaaaaaaaaaa', 'dev_AAAAAAAAAAAAAAAA']) {
      for (const method of ['GET', 'DELETE'] as const)
        expectProblem(await trusting.call(method, `${trusting.url}/${bad}`), 400, 'params_invalid');
    }
  });

  test('need the scopes of their calls, and are seen by no other account', async () => {
    const { deviceId, deviceToken } = await trusting.trust();
    const calls = [
      ['GET', trusting.url, undefined, 'totp:read'],
      ['GET', `${trusting.url}/${deviceId}`, undefined, 'totp:read'],
      ['DELETE', trusting.url, undefined, 'totp:write'],
      ['DELETE', `${trusting.url}/${deviceId}`, undefined, 'totp:write'],
      ['POST', '/api/totp/validate', { clientId: trusting.clientId, deviceToken }, 'totp:validate'],
    ] as const;
    for (const [method, path, body, scope] of calls) {
      const others = ['totp:write', 'totp:read', 'totp:validate'].filter((one) => one !== scope);
      const { call: byKey } = await trusting.account.createKey({ scopes: others });
      expectProblem(await byKey(method, path, body), 403, 'scope_missing');
    }
    const other = await trusting.kanda.signUp();
    await other.enrol(trusting.clientId);
    expect((await other.call('GET', trusting.url)).json()).toEqual({ data: [] });
    for (const method of ['GET', 'DELETE'] as const)
      expectProblem(await other.call(method, `${trusting.url}/${deviceId}`), 404, 'device_not_found');
    expect(await trusting.list()).toHaveLength(1);
  });

  test('are events with who did it, and no answer, event or line of the log holds a token', async () => {
    const { id, call: byKey } = await trusting.account.createKey();
    const trusted = await byKey('POST', '/api/totp/validate', {
      clientId: trusting.clientId,
      token: trusting.code,
      trustDevice: { label: 'Firefox' },
    });
    const { deviceToken, deviceId } = trusted.json<Trusted>();
    const used = await byKey('POST', '/api/totp/validate', { clientId: trusting.clientId, deviceToken });
    await byKey('DELETE', `${trusting.url}/${deviceId}`);
    const by = { clientId: trusting.clientId, actor: `key:${id}`, outcome: 'success', reason: deviceId };
    expect((await trusting.events()).slice(0, 4)).toMatchObject([
      { event: 'client.devices_ended', ...by },
      { event: 'client.device_used', ...by },
      { event: 'client.device_trusted', ...by },
      { event: 'totp.validated', ...by, reason: null },
    ]);
    const tokens = [deviceToken, used.json<Trusted>().deviceToken];
    for (const path of [trusting.url, `/api/totp/clients/${trusting.clientId}`, '/api/logs', '/api/stats']) {
      const { body } = await trusting.call('GET', path);
      for (const token of tokens) expect(body).not.toContain(token);
    }
    for (const token of tokens) expect(JSON.stringify(trusting.kanda.logged)).not.toContain(token);
  });
});

describe('where nothing new is made', () => {
  const secretBytes = new Uint8Array(20).fill(7);
  /** An account with a client, and what a code with trustDevice is answered there. */
  const answered = async (config: object) => {
    const app = await startApp({ config });
    try {
      const owner = await ownerAt(app);
      const { data } = await app.installation.store.listAccounts({ cursor: null, limit: 1 });
      const made = { at: app.now(), origin: CLI_ORIGIN };
      const client = { accountId: data[0]?.id ?? 0, clientId: 'ada', label: 'ada', issuer: 'MyApp' };
      const secret = { parameters: DEFAULT_PARAMETERS, secret: secretBytes };
      await app.installation.store.registerClient({ ...client, ...secret }, made);
      await owner('PUT', '/api/policy', { trustedDevices: true });
      await app.installation.quotas.read({ id: client.accountId }, app.now());
      const token = codeAt(encodeBase32(secretBytes), app.now());
      const trustDevice = { label: 'Firefox' };
      return (await owner('POST', '/api/totp/validate', { clientId: 'ada', token, trustDevice })).json();
    } finally {
      await app.close();
    }
  };
  const accepted = {
    valid: true,
    method: 'totp',
    authenticatorId: expect.stringMatching(/^aut_/),
    remainingRecoveryCodes: 0,
  };

  test('no user is locked out: the code counts, and the browser is not trusted', async () => {
    const { deviceToken } = await answered({});
    expect(deviceToken).toMatch(DEVICE_TOKEN);
    expect(await answered({ diskReserve: Number.MAX_SAFE_INTEGER }), 'a full disk').toEqual(accepted);
    expect(await answered({ quotaStorage: 100 }), 'a quota that is used up').toEqual(accepted);
  });
});
