/**
 * A form of another site, sent by a user's browser to the programs of the guides. A browser asks no one before it sends text
 * of these types: one that was taken would log the user in to the attacker's account.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { endAll, KandaProcess } from '../support/kanda-process.ts';
import { Application, endApplications, prepare } from './support/application.ts';
import { ALICE, Browser } from './support/browser.ts';
import { guides } from './support/guides.ts';

const TYPES = ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', null];

afterAll(async () => {
  await endApplications();
  await endAll();
});

/** What a browser sends without a preflight; bytes have no type, as those of a Blob have none. */
async function sendForeign(url: string, type: string | null, body: object, cookie = '') {
  const response = await fetch(url, {
    method: 'POST',
    headers: {
      origin: 'https://attacker.example',
      'sec-fetch-site': 'cross-site',
      cookie,
      ...(type === null ? {} : { 'content-type': type }),
    },
    body: new TextEncoder().encode(JSON.stringify(body)),
  });
  return {
    status: response.status,
    session: response.headers.getSetCookie().some((one) => /^(?:sid|sessionid)=./.test(one)),
    body: await response.text(),
  };
}

describe.skipIf(guides.length === 0).each(guides)('the program of the guide to $page', (guide) => {
  let application: Application;
  beforeAll(async () => {
    prepare(guide);
    application = await Application.start(guide, (await KandaProcess.start()).url);
  }, 600_000);

  // Seen to fail with the guides to Go and Next.js, which read the JSON of any body.
  test.each(TYPES)('takes no password and no sign-up of another site as %s', async (type) => {
    const login = await sendForeign(`${application.url}/login`, type, ALICE);
    expect(login.session).toBe(false);
    expect(login.status).toBeOneOf([400, 403, 415, 422]);
    const another = { email: `mallory@${TYPES.indexOf(type)}.example`, password: 'only an example' };
    const signUp = await sendForeign(`${application.url}/sign-up`, type, another);
    expect(signUp.session).toBe(false);
    expect(signUp.status).toBeOneOf([400, 403, 415, 422]);
  });

  // Seen to fail with the routes of the SDKs for Go and Next.js, which read the JSON of any body.
  test.each(TYPES)('takes no form of the second factor as %s', async (type) => {
    const browser = new Browser(application.url, guide);
    expect(await browser.logIn()).toBe('done');
    const page = await browser.page();
    const enrol = await sendForeign(`${application.url}/two-factor/enrol`, type, { page }, browser.cookie);
    expect(enrol.status).toBeOneOf([403, 409, 415, 422]);
    expect(enrol.body).not.toContain('otpauth');
    expect((await browser.send('/enrol', {}, page)).status, 'the form itself').toBe(200);
  });
});
