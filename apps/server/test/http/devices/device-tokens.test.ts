/** The token of a trusted device in place of a code. */
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, test } from 'vitest';
import { DAY_MS } from '../../../src/domain/time.ts';
import { expectProblem, HOUR, MINUTE, wrongCodeAt } from '../support/start-app.ts';
import { DEVICE_TOKEN, DEVICE_UNKNOWN, Trusting } from './trusting.ts';

const trusting = Trusting.use();

describe('a device token in place of a code', () => {
  test('is accepted, says so, and is answered with the next one and the same end', async () => {
    const { deviceToken, deviceId, expiresAt } = await trusting.trust();
    trusting.kanda.advance(DAY_MS);
    const used = await trusting.verdict({ deviceToken });
    expect(used).toEqual({
      valid: true,
      method: 'trusted_device',
      remainingRecoveryCodes: 0,
      deviceToken: expect.stringMatching(DEVICE_TOKEN),
      deviceId,
      expiresAt,
    });
    expect(used.deviceToken).not.toBe(deviceToken);
    expect(await trusting.list()).toMatchObject([
      { lastUsedAt: new Date(trusting.kanda.now()).toISOString() },
    ]);
    trusting.kanda.advance(30 * DAY_MS - DAY_MS);
    expect(await trusting.verdict({ deviceToken: used.deviceToken })).toEqual(DEVICE_UNKNOWN);
    expect(await trusting.list()).toEqual([]);
  });

  test('says how many recovery codes are left', async () => {
    const { deviceToken } = await trusting.trust();
    await trusting.call('POST', `/api/totp/clients/${trusting.clientId}/recovery-codes`, { count: 5 });
    const used = await trusting.verdict({ deviceToken });
    expect(used).toMatchObject({ valid: true, method: 'trusted_device', remainingRecoveryCodes: 5 });
    expect(used).not.toHaveProperty('lastRecoveryCode');
  });

  test('is not used up when the recovery codes cannot be counted', async () => {
    const { deviceToken } = await trusting.trust();
    const rename = (from: string, to: string) => {
      const sqlite = new DatabaseSync(trusting.kanda.databaseFile);
      sqlite.exec(`alter table ${from} rename to ${to}`);
      sqlite.close();
    };
    rename('client_recovery_code', 'client_recovery_code_gone');
    const failed = await trusting.validate({ deviceToken });
    rename('client_recovery_code_gone', 'client_recovery_code');
    expect(failed.statusCode, failed.body).toBeGreaterThanOrEqual(500);
    expect(await trusting.list()).toMatchObject([{ lastUsedAt: null }]);
    // Were it replaced, it would have been good for a minute.
    trusting.kanda.advance(HOUR);
    expect(await trusting.verdict({ deviceToken })).toMatchObject({ valid: true });
  });

  test('from two tabs at once leaves both with one that is good', async () => {
    const { deviceToken } = await trusting.trust();
    const answers = await Promise.all(Array.from({ length: 8 }, () => trusting.verdict({ deviceToken })));
    const next = new Set(answers.map((answer) => answer.deviceToken));
    expect(next.size).toBe(1);
    trusting.kanda.advance(HOUR);
    expect(await trusting.verdict({ deviceToken: [...next][0] })).toMatchObject({ valid: true });
  });

  test('that comes again after a minute ends the device', async () => {
    const { deviceToken } = await trusting.trust();
    const { deviceToken: next } = await trusting.verdict({ deviceToken });
    trusting.kanda.advance(MINUTE);
    expect(await trusting.verdict({ deviceToken })).toEqual(DEVICE_UNKNOWN);
    expect(await trusting.verdict({ deviceToken: next })).toEqual(DEVICE_UNKNOWN);
    expect((await trusting.events())[1]).toMatchObject({
      event: 'client.device_used',
      reason: 'device_reused',
    });
  });

  test('is of one client of one account', async () => {
    const { deviceToken } = await trusting.trust();
    await trusting.account.enrol(`other-${trusting.clientId}`);
    expect(await trusting.verdict({ clientId: `other-${trusting.clientId}`, deviceToken })).toEqual(
      DEVICE_UNKNOWN,
    );
    const other = await trusting.kanda.signUp();
    await other.call('PUT', '/api/policy', { trustedDevices: true });
    await other.enrol(trusting.clientId);
    const there = await other.call('POST', '/api/totp/validate', {
      clientId: trusting.clientId,
      deviceToken,
    });
    expect(there.json()).toEqual(DEVICE_UNKNOWN);
    expect(await trusting.verdict({ deviceToken })).toMatchObject({ valid: true });
  });

  test('of any other text is refused, not a 400: a browser sent it; nothing is counted', async () => {
    const { deviceToken } = await trusting.trust();
    const texts = ['x', '847291', 'kdt_', deviceToken.slice(0, -1), `${deviceToken}a`, '🙂'];
    for (const text of texts) expect(await trusting.verdict({ deviceToken: text })).toEqual(DEVICE_UNKNOWN);
    const client = (await trusting.call('GET', `/api/totp/clients/${trusting.clientId}`)).json();
    expect(client).toMatchObject({ status: 'active', failures: 0, failuresToday: 0 });
    expect(await trusting.verdict({ deviceToken })).toMatchObject({ valid: true });
  });

  test.each([
    [{ deviceToken: '' }, '/deviceToken', 'must not be empty'],
    [{ deviceToken: 'a'.repeat(257) }, '/deviceToken', 'must have 256 characters at most'],
    [{ deviceToken: null }, '/deviceToken', 'must be a string'],
    [{ deviceToken: 'kdt_', token: '123456' }, '/deviceToken', 'cannot be combined with token'],
    [{ deviceToken: 'kdt_', recoveryCode: 'a' }, '/deviceToken', 'cannot be combined with recoveryCode'],
  ])('%j is 400', async (fields, path, message) => {
    const problem = expectProblem(await trusting.validate(fields), 400, 'body_invalid');
    expect(problem.errors).toEqual([{ path, message }]);
  });

  test('works while wrong codes have locked the client, and ends nothing of that', async () => {
    const { deviceToken } = await trusting.trust();
    for (let count = 0; count < 5; count++)
      await trusting.verdict({ token: wrongCodeAt(trusting.secret, trusting.kanda.now()) });
    expect(await trusting.verdict({ deviceToken })).toMatchObject({ valid: true });
    trusting.kanda.advance(1);
    expect(await trusting.verdict({ token: trusting.code })).toMatchObject({
      valid: false,
      reason: 'locked',
    });
  });

  test('is refused for a disabled client, and for good', async () => {
    const { deviceToken } = await trusting.trust();
    await trusting.call('POST', `/api/totp/clients/${trusting.clientId}/disable`);
    expect(await trusting.verdict({ deviceToken })).toEqual({ valid: false, reason: 'disabled' });
    await trusting.call('POST', `/api/totp/clients/${trusting.clientId}/enable`);
    expect(await trusting.verdict({ deviceToken })).toEqual(DEVICE_UNKNOWN);
  });

  test('ends with a rotation that is confirmed, a recovery code, and the client', async () => {
    const { codes } = (
      await trusting.call('POST', `/api/totp/clients/${trusting.clientId}/recovery-codes`)
    ).json<{
      codes: string[];
    }>();
    const recovered = await trusting.trust();
    await trusting.verdict({ recoveryCode: codes[0] });
    expect(await trusting.verdict({ deviceToken: recovered.deviceToken })).toEqual(DEVICE_UNKNOWN);

    const rotated = await trusting.trust();
    const pending = await trusting.call('POST', `/api/totp/rotate/${trusting.clientId}`, { confirm: true });
    const { deviceToken } = await trusting.verdict({ deviceToken: rotated.deviceToken });
    trusting.secret = pending.json<{ secret: string }>().secret;
    await trusting.call('POST', '/api/totp/confirm', { clientId: trusting.clientId, token: trusting.code });
    expect(await trusting.verdict({ deviceToken })).toEqual(DEVICE_UNKNOWN);

    const deleted = await trusting.trust();
    await trusting.call('DELETE', `/api/totp/clients/${trusting.clientId}`);
    expectProblem(await trusting.validate({ deviceToken: deleted.deviceToken }), 404, 'client_not_found');
    await trusting.account.enrol(trusting.clientId);
    expect(await trusting.verdict({ deviceToken: deleted.deviceToken })).toEqual(DEVICE_UNKNOWN);
  });

  test('with an Idempotency-Key is answered again with the same next token, long after the minute', async () => {
    const { deviceToken } = await trusting.trust();
    const headers = { 'idempotency-key': `login ${trusting.clientId}` };
    const first = await trusting.validate({ deviceToken }, { headers });
    trusting.kanda.advance(5 * MINUTE);
    const again = await trusting.validate({ deviceToken }, { headers });
    expect(again.json()).toEqual(first.json());
    expect(again.headers['idempotent-replayed']).toBe('true');
    expect(await trusting.verdict({ deviceToken: first.json().deviceToken })).toMatchObject({ valid: true });
  });

  test('is counted by verdict in the metrics', async () => {
    const counts = async () => {
      const { body } = await trusting.kanda.call('GET', '/metrics');
      return ['valid', 'device_unknown'].map((name) =>
        Number(body.match(`kanda_device_verdicts_total{verdict="${name}"} (\\d+)`)?.[1]),
      ) as [number, number];
    };
    const [valid, unknown] = await counts();
    await trusting.verdict({ deviceToken: (await trusting.trust()).deviceToken });
    await trusting.verdict({ deviceToken: 'kdt_' });
    expect(await counts()).toEqual([valid + 1, unknown + 1]);
  });
});
