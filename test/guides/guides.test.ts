/**
 * The programs of the guides, walked through as a user of theirs would: sign-up, password, enrolment, code,
 * lost phone, second phone, locks, and turning it off.
 */
import { DEFAULT_PARAMETERS } from '@kanda/otp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { wrongCodes } from '../support/caller.ts';
import { endAll, KandaProcess } from '../support/kanda-process.ts';
import { Application, endApplications, prepare } from './support/application.ts';
import { ALICE, Browser } from './support/browser.ts';
import { guides } from './support/guides.ts';

const spaced = (code: string) => code.replace(/(?=.{3}$)/, ' ');
const wrongOf = ({ secret }: { secret: string }, count: number) =>
  wrongCodes({ secret, period: DEFAULT_PARAMETERS.period }, count);

let kanda: KandaProcess;
afterAll(async () => {
  await endApplications();
  await endAll();
});

describe.skipIf(guides.length === 0).each(guides)('the program of the guide to $page', (guide) => {
  // One for each guide: a server takes 20 sign-ups an hour of one address.
  beforeAll(async () => {
    prepare(guide);
    kanda = await KandaProcess.start();
  }, 600_000);

  /** A user who has turned it on, with the browser that did. */
  async function enrolled(options = {}) {
    const application = await Application.start(guide, kanda.url, options);
    const browser = new Browser(application.url, guide);
    expect(await browser.logIn()).toBe('done');
    const phone = await browser.enrol();
    expect(await browser.confirm(phone.next())).toMatchObject({ status: 200 });
    return { application, browser, phone, fresh: () => new Browser(application.url, guide) };
  }

  test('takes a user from sign-up to second factor, and back when the phone is lost', async () => {
    const { url, owner, userId } = await Application.start(guide, kanda.url);
    const fresh = () => new Browser(url, guide);

    const browser = fresh();
    expect(await browser.account()).toMatchObject({ status: 401, body: { error: 'not_signed_in' } });
    expect((await browser.call('POST', '/sign-up', ALICE)).status).toBe(409);
    const wrong = await browser.call('POST', '/login', { ...ALICE, password: 'another one' });
    expect(wrong).toMatchObject({ status: 401, body: { error: 'wrong_password' } });
    expect(await browser.logIn()).toBe('done');

    // Begun twice: the same QR code, and no one is asked for a code before one was right.
    const { secret } = await browser.enrol();
    const phone = await browser.enrol();
    expect(phone.secret).toBe(secret);
    expect(await fresh().logIn()).toBe('done');
    expect(await browser.confirm(wrongOf(phone, 1)[0] ?? '')).toMatchObject({
      status: 401,
      body: { error: 'wrong_code', attemptsLeft: 4 },
    });
    expect(await browser.confirm(spaced(phone.next()))).toMatchObject({ status: 200 });
    const recoveryCodes = await browser.recoveryCodes();
    expect(new Set(recoveryCodes).size).toBe(10);
    expect(await browser.account()).toEqual({ status: 200, body: { email: ALICE.email, twoFactor: 'on' } });

    const second = fresh();
    expect(await second.logIn()).toBe('code');
    expect((await second.account()).body, 'the password alone opens nothing').toEqual({
      error: 'second_factor_required',
    });
    for (const path of ['/recovery-codes', ''])
      expect((await second.send(path)).body).toEqual({ error: 'second_factor_required' });
    expect((await second.send('/enrol')).body, 'nor replaces the secret').toEqual({ error: 'proof_needed' });
    expect((await second.send('/enrol', { add: true })).body).toEqual({ error: 'second_factor_required' });
    expect(await second.challenge('abc')).toMatchObject({ status: 400, body: { error: 'not_a_code' } });
    expect((await second.challenge(phone.last)).body, 'a used code').toEqual({ error: 'wrong_code' });
    expect(await second.challenge(phone.next())).toMatchObject({ status: 200, body: { done: true } });
    expect((await second.account()).status).toBe(200);

    const third = fresh();
    await third.logIn();
    const [used = '', unused = ''] = recoveryCodes;
    const recover = (one: Browser, recoveryCode: string) => one.send('/challenge', { recoveryCode });
    expect((await recover(third, 'no such code')).body).toEqual({ error: 'wrong_code' });
    expect((await recover(third, used.toLowerCase())).body).toMatchObject({
      done: true,
      method: 'recovery_code',
      remainingRecoveryCodes: 9,
    });
    expect((await third.account()).body, 'it opens the enrolment alone').toEqual({
      error: 'second_factor_required',
    });
    for (const path of ['/recovery-codes', ''])
      expect((await third.send(path)).body).toEqual({ error: 'second_factor_required' });
    const found = await third.enrol();
    expect((await third.enrol()).secret, 'a reload').toBe(found.secret);
    expect((await second.account()).status).toBe(200);
    expect((await third.confirm(phone.next())).body).toMatchObject({ error: 'wrong_code' });
    expect((await third.confirm(found.next())).status).toBe(200);
    expect((await third.account()).status).toBe(200);
    const renewed = await third.recoveryCodes();

    const fourth = fresh();
    expect(await fourth.logIn()).toBe('code');
    expect((await fourth.challenge(phone.next())).body, 'the lost phone').toEqual({ error: 'wrong_code' });
    for (const old of [used, unused])
      expect((await recover(fourth, old)).body, 'of the list before').toEqual({ error: 'wrong_code' });
    expect((await recover(fourth, renewed[0] ?? '')).status).toBe(200);
    expect(await fourth.logIn()).toBe('code');

    const client = `/api/totp/clients/${userId}`;
    await owner.post(`${client}/disable`);
    const [notIt = ''] = wrongOf(found, 1);
    expect(await fourth.challenge(notIt)).toMatchObject({ status: 403, body: { error: 'disabled' } });
    await owner.post(`${client}/enable`);
    for (const code of wrongOf(found, 5)) await fourth.challenge(code);
    const locked = await fourth.challenge(found.next());
    expect(locked).toMatchObject({ status: 429, body: { error: 'locked' } });
    expect(locked.body.retryAfter).toBeGreaterThan(0);
    expect(locked.body.retryAfter).toBeLessThanOrEqual(30);
    await owner.post(`${client}/unlock`);

    expect(await third.turnOff()).toEqual({ status: 200, body: { off: true } });
    expect((await owner.get(client)).status, 'the secret is gone from Kanda').toBe(404);
    expect(await fresh().logIn(), 'no one is asked for a code').toBe('done');
    expect((await third.account()).body).toMatchObject({ twoFactor: 'off' });
    const last = await third.enrol();
    expect((await third.confirm(last.next())).status).toBe(200);
    expect(await fresh().logIn()).toBe('code');
    owner.close();
  });

  // Seen to fail in `enrol` of the SDK without `fresh`: the second browser was shown the first one's secret.
  test('shows a secret that waits only to the browser that has made it', async () => {
    const { url } = await Application.start(guide, kanda.url);
    const [thief, user] = [new Browser(url, guide), new Browser(url, guide)];
    for (const one of [thief, user]) expect(await one.logIn()).toBe('done');
    const stolen = await thief.enrol();
    const own = await user.enrol();
    expect(own.secret).not.toBe(stolen.secret);
    expect((await user.enrol()).secret, 'a reload').toBe(own.secret);
    const again = await thief.enrol();
    expect([stolen.secret, own.secret], 'nor the user’s to the thief').not.toContain(again.secret);
    expect((await user.confirm(own.next())).body).toEqual({ error: 'start_again' });

    const last = await user.enrol();
    expect([own.secret, again.secret]).not.toContain(last.secret);
    expect((await user.confirm(last.next())).status).toBe(200);
    const renewed: string[] = [];
    for (const recoveryCode of (await user.recoveryCodes()).slice(0, 2)) {
      const browser = new Browser(url, guide);
      await browser.logIn();
      expect((await browser.send('/challenge', { recoveryCode })).status).toBe(200);
      const { secret } = await browser.enrol();
      expect((await browser.enrol()).secret, 'a reload').toBe(secret);
      renewed.push(secret);
    }
    expect(new Set(renewed).size).toBe(2);
  });

  test('adds a second phone beside the first, and takes codes of both', async () => {
    const { application, browser, fresh } = await enrolled();
    const page = await browser.page();
    const tablet = await browser.enrol({ add: true, name: 'Tablet' }, page);
    expect((await browser.enrol({ add: true, name: 'Tablet' }, page)).secret, 'a double click').toBe(
      tablet.secret,
    );
    const [code, form] = [tablet.next(), await browser.page()];
    for (const answer of [await browser.confirm(code, form), await browser.confirm(code, form)])
      expect(answer.status).toBe(200);
    const { json } = await application.owner.get(`/api/totp/clients/${application.userId}/authenticators`);
    expect(json.data.map(({ status, name }: { status: string; name: string }) => [status, name])).toEqual([
      ['active', null],
      ['active', 'Tablet'],
    ]);
    const other = fresh();
    expect(await other.logIn()).toBe('code');
    expect((await other.challenge(tablet.next())).body).toMatchObject({ done: true, method: 'totp' });
  });

  test('asks for a code of now before whatever is sensitive', async () => {
    const { browser, phone } = await enrolled({ recent: '6' });
    expect((await browser.call('POST', '/email', { email: 'al@example.com' })).status).toBe(200);
    await new Promise((resolve) => setTimeout(resolve, 6_500));
    const required = { status: 403, body: { error: 'second_factor_required' } };
    expect(await browser.call('POST', '/email', { email: 'mallory@example.com' })).toEqual(required);
    for (const [path, fields] of [
      ['/recovery-codes', {}],
      ['/enrol', { add: true }],
      ['', {}],
    ] as const)
      expect(await browser.send(path, fields), path).toEqual(required);
    expect((await browser.send('/enrol')).body).toEqual({ error: 'proof_needed' });
    expect(await browser.account()).toMatchObject({ status: 200, body: { email: 'al@example.com' } });

    const page = await browser.page();
    const token = phone.next();
    expect((await browser.challenge(token, page)).status).toBe(200);
    expect((await browser.call('POST', '/email', { email: 'alice@example.com' })).status).toBe(200);
    await new Promise((resolve) => setTimeout(resolve, 6_500));
    expect((await browser.challenge(token, page)).status, 'the same form again').toBe(200);
    expect(await browser.call('POST', '/email', { email: 'mallory@example.com' })).toEqual(required);
  });

  test('replaces a phone with a code of the old one, which works until then', async () => {
    const { application, browser, phone, fresh } = await enrolled();
    const wrong = await browser.send('/enrol', { proof: { token: wrongOf(phone, 1)[0] } });
    expect(wrong).toMatchObject({ status: 401, body: { error: 'wrong_code' } });
    const next = await browser.enrol({ proof: { token: phone.next() } });
    const authenticators = async () => {
      const { json } = await application.owner.get(`/api/totp/clients/${application.userId}/authenticators`);
      return json.data.map(({ status }: { status: string }) => status);
    };
    expect(await authenticators()).toEqual(['active', 'pending']);
    expect((await browser.confirm(next.next())).status).toBe(200);
    expect(await authenticators()).toEqual(['active']);
    const other = fresh();
    await other.logIn();
    expect((await other.challenge(next.next())).status).toBe(200);
  });

  test('a log-out leaves nothing of what was shown', async () => {
    const { browser } = await enrolled();
    expect((await browser.call('POST', '/log-out', {})).status).toBe(200);
    expect((await browser.account()).status).toBe(401);
    expect(await browser.logIn()).toBe('code');
    expect((await browser.account()).status).toBe(403);
  });
});
