/**
 * What users and networks do to the programs of the guides: forms that are sent twice, several windows, lost
 * answers, a gateway's errors, another application on the same account.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { endAll, KandaProcess } from '../support/kanda-process.ts';
import { Application, endApplications, type Guide, prepare } from './support/application.ts';
import { ALICE, Browser, codeOf, type Phone } from './support/browser.ts';
import { guides } from './support/guides.ts';

let kanda: KandaProcess;
afterAll(async () => {
  await endApplications();
  await endAll();
});

/** A user who has just turned it on, and a browser that was asked for a code. */
async function enrolled(guide: Guide, options = {}) {
  const application = await Application.start(guide, kanda.url, options);
  const browser = new Browser(application.url, guide);
  await browser.logIn();
  const phone = await browser.enrol();
  expect((await browser.confirm(phone.next())).status).toBe(200);
  const other = new Browser(application.url, guide);
  expect(await other.logIn()).toBe('code');
  return { application, browser, other, phone };
}

function times<T>(count: number, make: (index: number) => Promise<T>): Promise<T[]> {
  return Promise.all(Array.from({ length: count }, (_, index) => make(index)));
}

/** How often codes of the user were accepted and refused, by Kanda's log. */
async function verdicts({ owner, userId }: Application): Promise<{ accepted: number; refused: number }> {
  const events = await owner.events(userId);
  const of = (outcome: string) =>
    events.filter(
      (one) => /^(?:totp\.validated|client\.recovery_code_used)/.test(one.event) && one.outcome === outcome,
    ).length;
  return { accepted: of('success'), refused: of('failure') };
}

const authenticatorsOf = ({ userId }: Application) => `/api/totp/clients/${userId}/authenticators`;

/** Whether a new browser gets in with the phone's next code. */
async function getsIn(guide: Guide, url: string, phone: Phone): Promise<boolean> {
  const browser = new Browser(url, guide);
  expect(await browser.logIn()).toBe('code');
  await browser.challenge(phone.next());
  return (await browser.account()).status === 200;
}

describe.skipIf(guides.length === 0).each(guides)('with the program of the guide to $page', (guide) => {
  // One for each guide: a server takes 20 sign-ups an hour of one address.
  beforeAll(async () => {
    prepare(guide);
    kanda = await KandaProcess.start();
  }, 600_000);

  test('a first code that is sent several times turns it on, and a page shows one list of recovery codes', async () => {
    const application = await Application.start(guide, kanda.url);
    const browser = new Browser(application.url, guide);
    await browser.logIn();
    const phone = await browser.enrol();
    const [code, page] = [phone.next(), await browser.page()];
    for (const click of await times(3, () => browser.confirm(code, page))) expect(click.status).toBe(200);
    expect((await browser.confirm(code, page)).status, 'a reload').toBe(200);
    expect((await browser.tab().confirm(phone.next())).status, 'in another window').toBe(200);
    const list = await browser.page();
    const [codes, ...others] = await times(3, () => browser.recoveryCodes(list));
    expect(codes).toHaveLength(10);
    for (const another of others) expect(another).toEqual(codes);
    const other = new Browser(application.url, guide);
    await other.logIn();
    expect((await other.send('/challenge', { recoveryCode: codes?.[0] })).status).toBe(200);
  });

  // Seen to fail without the Idempotency-Key of the SDK, and with one that has no page in it.
  test('a code that is sent several times from one page is one log-in', async () => {
    const { application, other, phone } = await enrolled(guide);
    const [code, page] = [phone.next(), await other.page()];
    for (const click of await times(6, () => other.tab().challenge(code, page)))
      expect(click).toMatchObject({ status: 200, body: { done: true } });
    expect((await other.account()).status).toBe(200);
    expect((await other.challenge(code, page)).status, 'a reload').toBe(200);
    expect(await verdicts(application)).toEqual({ accepted: 1, refused: 0 });
    expect((await other.challenge(code)).status, 'from another page').toBe(401);
    const stranger = new Browser(application.url, guide);
    await stranger.logIn();
    expect((await stranger.challenge(code, page)).body, "with the other one's page").toEqual({
      error: 'page_expired',
    });
    expect((await stranger.challenge(code)).status).toBe(401);
  });

  test('a recovery code that six browsers send at once signs in one of them', async () => {
    const { application, browser } = await enrolled(guide);
    const [recoveryCode] = await browser.recoveryCodes();
    const browsers = Array.from({ length: 6 }, () => new Browser(application.url, guide));
    for (const one of browsers) await one.logIn();
    const answers = await Promise.all(browsers.map((one) => one.send('/challenge', { recoveryCode })));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 401, 401, 401, 401, 401]);
  });

  test('a second window cannot begin anew while the first code is under way, and the phone stays', async () => {
    const application = await Application.start(guide, kanda.url);
    const browser = new Browser(application.url, guide);
    await browser.logIn();
    const phone = await browser.enrol();
    const tab = browser.tab();
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const answered = new Promise<void>((resolve) => {
      application.gateway.hold = (call) => {
        if (!call.endsWith('/confirm')) return null;
        resolve();
        return held;
      };
    });
    const confirming = browser.confirm(phone.next());
    await answered;
    // Kanda has it, and the application does not know yet.
    expect(await tab.send('/enrol')).toMatchObject({ status: 409, body: { error: 'proof_needed' } });
    release();
    expect((await confirming).status).toBe(200);
    expect(await getsIn(guide, application.url, phone)).toBe(true);
    const { json } = await application.owner.get(authenticatorsOf(application));
    expect(json.data).toHaveLength(1);
  });

  test('a user of another application on the same account keeps the phone', async () => {
    const application = await Application.start(guide, kanda.url);
    const { secret } = await application.owner.enrol(application.userId);
    const browser = new Browser(application.url, guide);
    await browser.logIn();
    expect(await browser.send('/enrol')).toMatchObject({ status: 409, body: { error: 'proof_needed' } });
    const { json } = await application.owner.get(authenticatorsOf(application));
    expect(json.data).toHaveLength(1);
    const verdict = await application.owner.validate(application.userId, codeOf(secret));
    expect(verdict.json).toEqual({ valid: true });
  });

  test('an answer that is lost after Kanda accepted the code is asked for again', async () => {
    const { application, other, phone } = await enrolled(guide);
    const page = await other.page();
    let calls = 0;
    application.gateway.fate = () => (calls++ === 0 ? 'answer is lost' : 'passes');
    expect((await other.challenge(phone.next(), page)).status).toBe(200);
    expect(calls).toBe(2);
    expect(await verdicts(application)).toEqual({ accepted: 1, refused: 0 });
  });

  test('when all answers are lost, the same page and code let the user in later', async () => {
    const { application, other, phone } = await enrolled(guide);
    const [code, page] = [phone.next(), await other.page()];
    application.gateway.fate = () => 'answer is lost';
    expect(await other.challenge(code, page)).toMatchObject({
      status: 503,
      body: { error: 'outcome_unknown' },
    });
    expect((await other.account()).status).toBe(403);
    application.gateway.fate = () => 'passes';
    expect((await other.challenge(code, page)).status).toBe(200);
    expect((await other.account()).status).toBe(200);
    expect(await verdicts(application)).toEqual({ accepted: 1, refused: 0 });
  });

  test("a gateway's error without Kanda's fields is a 503, and a line in the log", async () => {
    const { application, other, phone } = await enrolled(guide);
    application.gateway.fate = () => 'bad gateway';
    const [code, page] = [phone.next(), await other.page()];
    expect((await other.challenge(code, page)).status).toBe(503);
    await expect.poll(() => application.log).toContain('502');
    application.gateway.fate = () => 'passes';
    expect((await other.challenge(code, page)).status).toBe(200);
    for (const path of [
      '/login',
      '/two-factor/challenge',
      '/two-factor/enrol',
      '/two-factor/confirm',
      '/email',
    ])
      for (const body of [[], { token: 7 }, { token: null, email: {} }]) {
        const { status } = await other.call('POST', path, body);
        expect(status, `${path} ${JSON.stringify(body)}`).toSatisfy((one: number) => one < 500);
      }
    // With `String(email)` the address would be "undefined" or "[object Object]".
    expect((await other.account()).body.email).toBe(ALICE.email);
    const bob = { ...ALICE, email: 'bob@example.com' };
    expect((await new Browser(application.url, guide).call('POST', '/sign-up', bob)).status).toBe(200);
    expect((await other.call('POST', '/email', { email: bob.email })).status, 'one in use').toBe(409);
  });

  test('what is turned off is off, also when the secret could not be deleted, and can be turned on again', async () => {
    const { application, browser } = await enrolled(guide);
    application.gateway.fate = (call) => (call.startsWith('DELETE') ? 'bad gateway' : 'passes');
    expect(await browser.turnOff()).toEqual({ status: 200, body: { off: true } });
    await expect.poll(() => application.log).toContain('502');
    expect((await browser.account()).body).toMatchObject({ twoFactor: 'ending' });
    expect(await new Browser(application.url, guide).logIn()).toBe('done');

    application.gateway.fate = () => 'passes';
    const another = await browser.enrol();
    expect((await browser.enrol()).secret, 'a reload').toBe(another.secret);
    expect((await browser.confirm(another.next())).status).toBe(200);
    expect(await getsIn(guide, application.url, another)).toBe(true);
    expect((await application.owner.get(authenticatorsOf(application))).json.data).toHaveLength(1);
  });

  test('a click that turns it off twice, and a reload, are no errors', async () => {
    const { application, browser } = await enrolled(guide);
    const page = await browser.page();
    for (const answer of await times(3, () => browser.tab().turnOff(page)))
      expect(answer).toEqual({ status: 200, body: { off: true } });
    expect((await browser.turnOff(page)).status).toBe(200);
    // Turned on again: the page that turned it off is used up.
    const another = await browser.enrol();
    expect((await browser.confirm(another.next())).status).toBe(200);
    expect((await browser.turnOff(page)).body).toEqual({ error: 'page_expired' });
    expect(await getsIn(guide, application.url, another)).toBe(true);
  });

  test('a first code that is sent again after it was turned off does not turn it on', async () => {
    const application = await Application.start(guide, kanda.url);
    const browser = new Browser(application.url, guide);
    await browser.logIn();
    const phone = await browser.enrol();
    const [code, page] = [phone.next(), await browser.page()];
    expect((await browser.confirm(code, page)).status).toBe(200);
    expect((await browser.turnOff()).status).toBe(200);
    expect((await browser.confirm(code, page)).status).toBe(409);
    expect(await new Browser(application.url, guide).logIn()).toBe('done');
  });

  // The same steps through the SDK alone, without `twoFactorEndedAt`, let X2 in and showed X3 a secret. With it, but with the
  // forms of before still taken, X2 got in by sending its own once more.
  test('what was shown before it was turned off counts no more once its owner turns it on', async () => {
    // Someone who knows the password shows a code in X2 and a recovery code in X3.
    const { application, browser: attacker, other: x2, phone } = await enrolled(guide);
    const [recoveryCode] = await attacker.recoveryCodes();
    const [code, page] = [phone.next(), await x2.page()];
    expect((await x2.challenge(code, page)).status).toBe(200);
    const x3 = new Browser(application.url, guide);
    expect(await x3.logIn()).toBe('code');
    expect((await x3.send('/challenge', { recoveryCode })).status).toBe(200);
    expect((await x2.account()).status).toBe(200);
    expect((await attacker.turnOff()).status).toBe(200);

    const owner = new Browser(application.url, guide);
    expect(await owner.logIn()).toBe('done');
    const own = await owner.enrol();
    expect((await owner.confirm(own.next())).status).toBe(200);
    expect((await owner.account()).status).toBe(200);

    expect((await x2.account()).status).toBe(403);
    expect((await x2.challenge(code, page)).body, 'Kanda has kept its answer').toEqual({
      error: 'page_expired',
    });
    expect(await x3.send('/enrol')).toMatchObject({ status: 409, body: { error: 'proof_needed' } });
    expect((await x3.account()).status).toBe(403);
    expect(await getsIn(guide, application.url, own)).toBe(true);
    expect((await application.owner.get(authenticatorsOf(application))).json.data).toHaveLength(1);
  });

  test('log-ins that are not complete end, and so do those by password once a code is asked for', async () => {
    const application = await Application.start(guide, kanda.url, { halfOpen: '4' });
    const [browser, signedInBefore] = [0, 1].map(() => new Browser(application.url, guide)) as [
      Browser,
      Browser,
    ];
    for (const one of [browser, signedInBefore]) expect(await one.logIn()).toBe('done');
    const phone = await browser.enrol();
    expect((await browser.confirm(phone.next())).status).toBe(200);
    expect((await browser.account()).status).toBe(200);
    expect((await signedInBefore.account()).status).toBeOneOf([401, 403]);

    const halfOpen = new Browser(application.url, guide);
    expect(await halfOpen.logIn()).toBe('code');
    const page = await halfOpen.page();
    await new Promise((resolve) => setTimeout(resolve, 4_500));
    expect(await halfOpen.challenge(phone.next(), page)).toEqual({
      status: 401,
      body: { error: 'not_signed_in' },
    });
    expect((await browser.account()).status, 'the complete one goes on').toBe(200);
  });
});
