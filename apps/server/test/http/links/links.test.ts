/** A person enrols on the page of a link, replaces an authenticator, shows a code; and the application redeems the result. */
import { beforeEach, describe, expect, test } from 'vitest';
import {
  codeAt,
  expectProblem,
  MINUTE,
  SECOND,
  START,
  startAppWithAccount,
  wrongCodeAt,
} from '../support/start-app.ts';
import {
  actionsOf,
  begin,
  makeLink,
  recoveryCodesOn,
  resultOn,
  secretOn,
  submit,
  typeCode,
} from './person.ts';

const { kanda, account } = await startAppWithAccount();
const key = await account.createKey({ scopes: ['totp:validate'] });
const support = await account.createKey({ scopes: ['links:write'] });
let clients = 0;
const fresh = () => `user-${++clients}`;
beforeEach(() => kanda.setClock(START));

const redeem = (result: string) => key.call('POST', '/api/totp/links/redeem', { result });
const logOf = async (clientId: string) =>
  (await account.call('GET', `/api/logs?clientId=${clientId}`))
    .json<{ data: { event: string; outcome: string; reason: string | null; actor: string }[] }>()
    .data.reverse();

describe('an enrolment link', () => {
  test('shows a key when its button is pressed, ends with the right code, and its result is redeemed once', async () => {
    const clientId = fresh();
    const link = await makeLink(account, { clientId, purpose: 'enrol', label: 'alice@example.com' });
    const shown = await begin(kanda, link.path);
    const secret = secretOn(shown);
    expect(shown.body).toContain('alice@example.com');
    const done = await typeCode(kanda, shown);
    expect(done.statusCode, done.body).toBe(200);
    expect(recoveryCodesOn(done)).toHaveLength(10);
    expect((await redeem(resultOn(done))).json()).toEqual({
      redeemed: true,
      linkId: link.id,
      clientId,
      purpose: 'enrol',
      confirmedAt: new Date(kanda.now()).toISOString(),
    });
    expectProblem(await redeem(resultOn(done)), 409, 'link_result_redeemed');
    kanda.advance(MINUTE);
    const token = codeAt(secret, kanda.now());
    expect((await account.call('POST', '/api/totp/validate', { clientId, token })).json()).toEqual({
      valid: true,
    });
    const again = await kanda.app.inject({ method: 'GET', url: link.path });
    expect(again.statusCode).toBe(410);
    expect(
      (await logOf(clientId)).map(({ event, reason, actor }) => [event, reason, actor.split(':')[0]]),
    ).toEqual([
      ['link.created', `enrol ${link.id}`, 'account'],
      ['client.registered', null, 'link'],
      ['link.opened', `enrol ${link.id}`, 'link'],
      ['authenticator.confirmed', null, 'link'],
      ['client.recovery_codes_created', null, 'link'],
      ['link.completed', `enrol ${link.id}`, 'link'],
      ['link.redeemed', link.id, 'key'],
      ['totp.validated', null, 'account'],
    ]);
  });

  test('is not used up by 50 GETs and HEADs, which write no line to the log', async () => {
    const clientId = fresh();
    const link = await makeLink(account, { clientId, purpose: 'enrol' });
    for (let turn = 0; turn < 25; turn++)
      for (const method of ['GET', 'HEAD'] as const)
        expect((await kanda.app.inject({ method, url: link.path })).statusCode).toBe(200);
    expect((await logOf(clientId)).map(({ event }) => event)).toEqual(['link.created']);
    const done = await typeCode(kanda, await begin(kanda, link.path));
    expect((await redeem(resultOn(done))).statusCode).toBe(200);
  });

  test('shows the same key when the page is loaded again, after a wrong code too, and another one after five', async () => {
    const link = await makeLink(account, { clientId: fresh(), purpose: 'enrol' });
    let page = await begin(kanda, link.path);
    const secret = secretOn(page);
    expect(secret).toMatch(/^[A-Z2-7]{32}$/);
    expect(secretOn(await begin(kanda, link.path))).toBe(secret);
    for (let turn = 0; turn < 4; turn++) {
      page = await submit(kanda, actionsOf(page)[0] ?? '', { code: wrongCodeAt(secret, kanda.now()) });
      expect(secretOn(page), `wrong code ${turn + 1}`).toBe(secret);
      expect(page.body).toContain('role="alert"');
    }
    page = await submit(kanda, actionsOf(page)[0] ?? '', { code: wrongCodeAt(secret, kanda.now()) });
    expect(secretOn(page)).not.toBe(secret);
    // Above the key, and in words of its own: the person has to begin again.
    expect(page.body).toContain('role="alert" id="key-problem"');
    expect((await redeem(resultOn(await typeCode(kanda, page)))).statusCode).toBe(200);
  });

  test('answers a form that is sent again as it did the first time, with the same codes and result', async () => {
    const link = await makeLink(account, { clientId: fresh(), purpose: 'enrol' });
    const page = await begin(kanda, link.path);
    const [action = ''] = actionsOf(page);
    const code = codeAt(secretOn(page), kanda.now());
    const first = await submit(kanda, action, { code });
    kanda.advance(9 * MINUTE);
    const again = await submit(kanda, action, { code });
    expect(recoveryCodesOn(first)).toHaveLength(10);
    expect(recoveryCodesOn(again)).toEqual(recoveryCodesOn(first));
    expect(resultOn(again)).toBe(resultOn(first));
    // Of another browser: what was shown is not shown to someone who finds the link later.
    const other = action.replace(/form=.*/, `form=${'a'.repeat(32)}`);
    expect((await submit(kanda, other, { code })).statusCode).toBe(410);
  });

  test('of a client that is enrolled is refused, and ends when it is enrolled in another way', async () => {
    const { clientId } = await account.enrol(fresh());
    expectProblem(
      await support.call('POST', '/api/totp/links', { clientId, purpose: 'enrol', issuer: 'MyApp' }),
      409,
      'client_exists',
    );
    const other = fresh();
    const link = await makeLink(account, { clientId: other, purpose: 'enrol' });
    await account.enrol(other);
    const page = await kanda.app.inject({ method: 'GET', url: link.path });
    expect((await submit(kanda, actionsOf(page)[0] ?? '')).statusCode).toBe(410);
  });

  test('needs an issuer, which the name of the pages is', async () => {
    const stranger = await kanda.signUp();
    const asked = { clientId: 'ada', purpose: 'enrol' };
    expectProblem(await stranger.call('POST', '/api/totp/links', asked), 400, 'body_invalid');
    await stranger.call('PUT', '/api/hosted-pages', { name: 'Their App' });
    expect((await stranger.call('POST', '/api/totp/links', asked)).statusCode).toBe(201);
  });
});

describe('a link that replaces', () => {
  test('leaves the old authenticator alone until the new one is confirmed, and then ends it', async () => {
    const { clientId, secret: old } = await account.enrol(fresh());
    const link = await makeLink(account, { clientId, purpose: 'replace' });
    const page = await begin(kanda, link.path);
    const validate = async (secret: string) =>
      (
        await account.call('POST', '/api/totp/validate', { clientId, token: codeAt(secret, kanda.now()) })
      ).json();
    expect(await validate(old)).toEqual({ valid: true });
    expect((await redeem(resultOn(await typeCode(kanda, page)))).json()).toMatchObject({
      clientId,
      purpose: 'replace',
    });
    kanda.advance(MINUTE);
    expect(await validate(old)).toMatchObject({ valid: false });
    expect(await validate(secretOn(page))).toEqual({ valid: true });
  });

  test('shows no key while the user is locked or in a delay, says for how long, and goes on after it', async () => {
    const { clientId, secret } = await account.enrol(fresh());
    const link = await makeLink(account, { clientId, purpose: 'replace', locale: 'de' });
    const guess = async () => {
      for (;;) {
        const token = wrongCodeAt(secret, kanda.now());
        const verdict = await account.call('POST', '/api/totp/validate', { clientId, token });
        const { retryAfter } = verdict.json<{ retryAfter?: number }>();
        if (retryAfter !== undefined) return retryAfter;
      }
    };
    const wait = await guess();
    let page = await begin(kanda, link.path);
    expect(page.body).toMatch(/role="alert"[^<]*>[^<]*Sekunden/);
    expect(page.body).not.toMatch(/class="key"|otpauth/);
    kanda.advance(wait * 1_000);
    page = await submit(kanda, actionsOf(page)[0] ?? '');
    expect(page.body).toContain('class="key"');
    // Someone guesses meanwhile: what was shown stays good, and is shown again after the unlock.
    const shown = secretOn(page);
    await guess();
    page = await typeCode(kanda, page, shown);
    expect(page.body).toContain('role="alert"');
    expect(page.body).not.toContain('class="key"');
    expect((await account.call('POST', `/api/totp/clients/${clientId}/unlock`)).statusCode).toBe(200);
    page = await submit(kanda, actionsOf(page)[0] ?? '');
    expect(secretOn(page)).toBe(shown);
  });

  test('shows none while the user is disabled', async () => {
    const { clientId } = await account.enrol(fresh());
    const link = await makeLink(account, { clientId, purpose: 'replace' });
    await account.call('POST', `/api/totp/clients/${clientId}/disable`);
    const page = await begin(kanda, link.path);
    expect(page.body).toMatch(/role="alert"[^<]*>Codes cannot be checked at the moment/);
    expect(page.body).not.toContain('class="key"');
  });

  test('is refused for a client that is not there', async () => {
    for (const purpose of ['replace', 'challenge'])
      expectProblem(
        await support.call('POST', '/api/totp/links', { clientId: fresh(), purpose }),
        404,
        'client_not_found',
      );
  });
});

describe('a link that asks for a code', () => {
  test('takes one, and a recovery code in its place, and counts wrong ones as every call does', async () => {
    const { clientId, secret } = await account.enrol(fresh());
    const codes = await account.call('POST', `/api/totp/clients/${clientId}/recovery-codes`, {});
    const [recoveryCode = ''] = codes.json<{ codes: string[] }>().codes;
    const first = await makeLink(account, { clientId, purpose: 'challenge' });
    const done = await typeCode(kanda, await begin(kanda, first.path), secret);
    expect((await redeem(resultOn(done))).json()).toMatchObject({ clientId, purpose: 'challenge' });
    const second = await makeLink(account, { clientId, purpose: 'challenge' });
    let page = await begin(kanda, second.path);
    // The code that the first link has taken is used up for this one, too.
    page = await typeCode(kanda, page, secret);
    expect(page.body).toContain('role="alert"');
    page = await submit(kanda, actionsOf(page)[0] ?? '', { recoveryCode: recoveryCode.toLowerCase() });
    expect((await redeem(resultOn(page))).json()).toMatchObject({ clientId, linkId: second.id });
    const third = await makeLink(account, { clientId, purpose: 'challenge' });
    page = await begin(kanda, third.path);
    for (let turn = 0; turn < 12; turn++)
      page = await submit(kanda, actionsOf(page)[0] ?? '', { code: wrongCodeAt(secret, kanda.now()) });
    const token = wrongCodeAt(secret, kanda.now());
    const verdict = await account.call('POST', '/api/totp/validate', { clientId, token });
    expect(verdict.json()).toMatchObject({ valid: false, reason: 'locked' });
  });

  test('does not blame the person for a client that is disabled', async () => {
    const { clientId, secret } = await account.enrol(fresh());
    const link = await makeLink(account, { clientId, purpose: 'challenge' });
    const page = await begin(kanda, link.path);
    await account.call('POST', `/api/totp/clients/${clientId}/disable`);
    const { body } = await typeCode(kanda, page, secret);
    expect(body).toContain('Codes cannot be checked at the moment.');
  });
});

describe('links of an account', () => {
  test('are listed with what became of them, and a newer one of the same purpose ends the older', async () => {
    const clientId = fresh();
    const first = await makeLink(account, { clientId, purpose: 'enrol' });
    const second = await makeLink(account, { clientId, purpose: 'enrol' });
    const list = async () =>
      (await support.call('GET', `/api/totp/links?clientId=${clientId}`)).json<{
        data: { id: string; status: string }[];
      }>().data;
    expect(await list()).toMatchObject([
      { id: second.id, status: 'waiting' },
      { id: first.id, status: 'cancelled' },
    ]);
    expect(JSON.stringify(await list())).not.toContain(second.path.slice(3));
    const page = await begin(kanda, second.path);
    expect(await list()).toMatchObject([{ status: 'opened' }, {}]);
    expect((await support.call('DELETE', `/api/totp/links/${second.id}`)).statusCode).toBe(204);
    expect((await typeCode(kanda, page)).statusCode).toBe(410);
    expect(await list()).toMatchObject([{ status: 'cancelled' }, {}]);
    // The key that it has shown was not confirmed, and went with it.
    expectProblem(await account.call('GET', `/api/totp/clients/${clientId}`), 404, 'client_not_found');
    expectProblem(await support.call('DELETE', '/api/totp/links/lnk_999999'), 404, 'link_not_found');
  });

  test('end with their time, with their client, and with their account', async () => {
    const clientId = fresh();
    const link = await makeLink(account, { clientId, purpose: 'enrol', ttl: 600 });
    const page = await begin(kanda, link.path);
    kanda.advance(600 * SECOND);
    expect((await kanda.app.inject({ method: 'GET', url: link.path })).statusCode).toBe(410);
    expect((await typeCode(kanda, page)).statusCode).toBe(410);
    const { clientId: other } = await account.enrol(fresh());
    const challenge = await makeLink(account, { clientId: other, purpose: 'challenge' });
    await account.call('DELETE', `/api/totp/clients/${other}`);
    await account.enrol(other);
    expect((await kanda.app.inject({ method: 'GET', url: challenge.path })).statusCode).toBe(410);
  });
});
