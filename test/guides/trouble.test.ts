/**
 * What users and networks do to the programs of the guides: forms that are sent twice, several windows, lost answers, a
 * gateway's errors, a Kanda that pauses, another application on the same account.
 *
 * Seen to fail when the guide to Express sends no Idempotency-Key, or one without the session or the enrolments in it; when it
 * does not try again; rotates on any `client_exists`; opens the account to a recovery code; draws an id for each session;
 * has no end for half a log-in; takes a right code in another tab for the end of the enrolment; makes recovery codes
 * without a key; or lets a failed deletion fail the request. Those to Django and Fastify without a key, with an account
 * that a recovery code opens, and with a rotation on any `client_exists`.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { endAll, KandaProcess } from '../support/kanda-process.ts';
import { Application, endApplications, type Guide, guides } from './support/application.ts';
import { Browser, codeOf, type Phone } from './support/browser.ts';

const PAGE = 'the page that is shown';

let kanda: KandaProcess;
afterAll(async () => {
  await endApplications();
  await endAll();
});

/** A user who has just turned it on, and a browser that was asked for a code. */
async function enrolled(guide: Guide, options = {}) {
  const application = await Application.start(guide, kanda.url, options);
  const browser = new Browser(application.url);
  await browser.logIn();
  const phone = await browser.begin();
  const { status, body } = await browser.confirm(phone.next());
  expect(status).toBe(200);
  const other = new Browser(application.url);
  expect(await other.logIn()).toEqual({ next: 'code' });
  return { application, browser, other, phone, recoveryCodes: body.recoveryCodes as string[] };
}

function times<T>(count: number, make: () => Promise<T>): Promise<T[]> {
  return Promise.all(Array.from({ length: count }, make));
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

function authenticatorsOf({ userId }: Application): string {
  return `/api/totp/clients/${userId}/authenticators`;
}

/** Whether a new browser gets in with the phone's next code. */
async function getsIn(url: string, phone: Phone): Promise<boolean> {
  const browser = new Browser(url);
  expect(await browser.logIn()).toEqual({ next: 'code' });
  await browser.post('/login/code', { code: phone.next() });
  return (await browser.account()).status === 200;
}

describe.skipIf(guides.length === 0).each(guides)('with the program of the guide to $page', (guide) => {
  // One for each guide: a server takes 20 sign-ups an hour of one address.
  beforeAll(async () => {
    kanda = await KandaProcess.start();
  });

  test('a first code that is sent several times turns it on, and shows one list of recovery codes', async () => {
    const application = await Application.start(guide, kanda.url);
    const browser = new Browser(application.url);
    await browser.logIn();
    const phone = await browser.begin();
    const code = phone.next();
    const clicks = await times(3, () => browser.confirm(code, PAGE));
    const reload = await browser.confirm(code, PAGE);
    expect(reload).toMatchObject({ status: 200, body: { next: 'done' } });
    expect(reload.body.recoveryCodes).toHaveLength(10);
    for (const click of clicks) expect(click).toEqual(reload);
    // In another window, with the next code.
    expect(await browser.tab().confirm(phone.next())).toMatchObject({ status: 200, body: { next: 'done' } });
    const [recoveryCode] = reload.body.recoveryCodes;
    const other = new Browser(application.url);
    await other.logIn();
    expect((await other.post('/login/recovery', { recoveryCode })).status).toBe(200);
  });

  test('a code that is sent several times from one page is one log-in', async () => {
    const { application, other, phone } = await enrolled(guide);
    const code = phone.next();
    const before = other.tab();
    const windows = Array.from({ length: 6 }, () => other.tab());
    const clicks = await Promise.all(windows.map((one) => one.post('/login/code', { code }, PAGE)));
    for (const click of clicks) expect(click).toMatchObject({ status: 200, body: { next: 'done' } });
    expect(new Set(windows.map(({ cookie }) => cookie)).size, 'sessions').toBe(1);
    await other.post('/login/code', { code }, PAGE);
    expect((await other.account()).status).toBe(200);
    const reload = await other.post('/login/code', { code }, PAGE);
    expect(reload).toMatchObject({ status: 200, body: { next: 'done' } });
    expect(await verdicts(application)).toEqual({ accepted: 1, refused: 0 });
    // From another page of the session that waited for the code, where the complete one has an id of its own.
    if (before.cookie !== windows[0]?.cookie)
      expect((await before.post('/login/code', { code }, 'another page')).status).toBe(401);
    const stranger = new Browser(application.url);
    await stranger.logIn();
    expect((await stranger.post('/login/code', { code }, PAGE)).status).toBe(401);
  });

  test('a recovery code that six browsers send at once signs in one of them', async () => {
    const { application, recoveryCodes } = await enrolled(guide);
    const [recoveryCode] = recoveryCodes;
    const browsers = Array.from({ length: 6 }, () => new Browser(application.url));
    for (const browser of browsers) await browser.logIn();
    const answers = await Promise.all(
      browsers.map((browser) => browser.post('/login/recovery', { recoveryCode }, PAGE)),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 401, 401, 401, 401, 401]);
  });

  test('after a recovery the account opens once a new phone is confirmed, which ends the old one', async () => {
    const { application, other, phone, recoveryCodes } = await enrolled(guide);
    const [recoveryCode] = recoveryCodes;
    expect((await other.post('/login/recovery', { recoveryCode })).body).toEqual({ next: 'enrol' });
    expect((await other.account()).status).toBe(401);
    expect((await other.call('DELETE', '/two-factor', { code: '123456' })).status).toBe(401);
    expect(await new Browser(application.url).logIn()).toEqual({ next: 'code' });
    const found = await other.begin();
    expect((await other.account()).status).toBe(401);
    expect(await getsIn(application.url, phone), 'until the new one is confirmed').toBe(true);
    expect((await other.confirm(found.next())).status).toBe(200);
    expect((await other.account()).status).toBe(200);
    expect(await getsIn(application.url, found)).toBe(true);
    const { url } = application;
    const thief = new Browser(url);
    await thief.logIn();
    expect((await thief.post('/login/code', { code: codeOf(phone.secret) })).status).toBe(401);
  });

  test('turning it on in a second window meanwhile leaves the phone that was confirmed', async () => {
    const application = await Application.start(guide, kanda.url);
    const browser = new Browser(application.url);
    await browser.logIn();
    const phone = await browser.begin();
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
    const another = await tab.begin();
    release();
    expect((await confirming).status).toBe(200);
    expect(await getsIn(application.url, phone)).toBe(true);
    expect((await tab.confirm(another.next())).status, 'and the second window can go on').toBe(200);
    expect(await getsIn(application.url, another)).toBe(true);
  });

  test('a user of another application on the same account keeps the phone', async () => {
    const application = await Application.start(guide, kanda.url);
    const { secret } = await application.owner.enrol(application.userId);
    const browser = new Browser(application.url);
    await browser.logIn();
    const refused = await browser.post('/two-factor');
    expect(refused).toMatchObject({ status: 409, body: { message: expect.stringContaining('contact us') } });
    await expect.poll(() => application.log).toContain('do two share an account?');
    const { json } = await application.owner.get(authenticatorsOf(application));
    expect(json.data).toHaveLength(1);
    const verdict = await application.owner.validate(application.userId, codeOf(secret));
    expect(verdict.json).toEqual({ valid: true });
  });

  test('an answer that is lost after Kanda accepted the code is asked for again', async () => {
    const { application, other, phone } = await enrolled(guide);
    let calls = 0;
    application.gateway.fate = () => (calls++ === 0 ? 'answer is lost' : 'passes');
    expect((await other.post('/login/code', { code: phone.next() })).body).toEqual({ next: 'done' });
    expect(calls).toBe(2);
    expect(await verdicts(application)).toEqual({ accepted: 1, refused: 0 });
  });

  test('when all answers are lost, the same page and code let the user in later', async () => {
    const { application, other, phone } = await enrolled(guide);
    application.gateway.fate = () => 'answer is lost';
    const code = phone.next();
    const first = await other.post('/login/code', { code }, PAGE);
    expect(first).toMatchObject({ status: 503, body: { message: expect.stringContaining('try again') } });
    application.gateway.fate = () => 'passes';
    expect((await other.post('/login/code', { code }, PAGE)).body).toEqual({ next: 'done' });
    expect(await verdicts(application)).toEqual({ accepted: 1, refused: 0 });
  });

  test("a gateway's error without Kanda's fields is a 503 with a message, and a line in the log", async () => {
    const { application, other, phone } = await enrolled(guide);
    application.gateway.fate = () => 'bad gateway';
    const code = phone.next();
    const refused = await other.post('/login/code', { code }, PAGE);
    expect(refused).toMatchObject({ status: 503, body: { message: expect.stringContaining('try again') } });
    await expect.poll(() => application.log).toContain('502 no code');
    application.gateway.fate = () => 'passes';
    expect((await other.post('/login/code', { code }, PAGE)).body).toEqual({ next: 'done' });
    for (const path of ['/login', '/login/code', '/two-factor', '/two-factor/confirm', '/email'])
      for (const body of [[], { code: 7 }, { code: null, email: {} }]) {
        const { status } = await other.call('POST', path, body);
        expect(status, `${path} ${JSON.stringify(body)}`).toSatisfy((one: number) => one < 500);
      }
  });

  test('what is turned off is off, also when the secret could not be deleted, and can be turned on again', async () => {
    const { application, browser, phone } = await enrolled(guide);
    application.gateway.fate = (call) => (call.startsWith('DELETE') ? 'bad gateway' : 'passes');
    const off = await browser.call('DELETE', '/two-factor', { code: phone.next() });
    expect(off).toMatchObject({ status: 200, body: { next: 'done' } });
    await expect.poll(() => application.log).toContain(`The secret of ${application.userId} is left behind`);
    expect((await browser.account()).body).toMatchObject({ twoFactor: false });
    expect(await new Browser(application.url).logIn()).toEqual({ next: 'done' });

    application.gateway.fate = () => 'passes';
    const another = await browser.begin();
    expect((await browser.confirm(another.next())).status).toBe(200);
    expect(await getsIn(application.url, another)).toBe(true);
    expect((await application.owner.get(authenticatorsOf(application))).json.data).toHaveLength(1);
  });

  test('a click that turns it off twice, and a reload, are no errors', async () => {
    const { application, browser, phone } = await enrolled(guide);
    const form = { page: PAGE, code: phone.next() };
    for (const { status } of await times(3, () => browser.tab().call('DELETE', '/two-factor', form)))
      expect(status).toBe(200);
    expect(await verdicts(application)).toEqual({ accepted: 1, refused: 0 });
    // Turned on again: the page that turned it off is used up.
    const another = await browser.begin();
    expect((await browser.confirm(another.next())).status).toBe(200);
    expect((await browser.call('DELETE', '/two-factor', form)).status).toBe(401);
    expect(await getsIn(application.url, another)).toBe(true);
  });

  test('log-ins that are not complete end, and so do those by password once a code is asked for', async () => {
    const application = await Application.start(guide, kanda.url, { halfOpen: '2' });
    const [browser, signedInBefore] = [new Browser(application.url), new Browser(application.url)];
    for (const one of [browser, signedInBefore]) expect(await one.logIn()).toEqual({ next: 'done' });
    const phone = await browser.begin();
    expect((await browser.confirm(phone.next())).status).toBe(200);
    expect((await browser.account()).status).toBe(200);
    expect((await signedInBefore.account()).status).toBe(401);

    const halfOpen = new Browser(application.url);
    expect(await halfOpen.logIn()).toEqual({ next: 'code' });
    await new Promise((resolve) => setTimeout(resolve, 2_500));
    expect(await halfOpen.say(phone.next())).toBe('Please sign in.');
    expect((await browser.account()).status, 'the complete one goes on').toBe(200);
  });
});
