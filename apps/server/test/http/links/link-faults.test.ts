/**
 * What a person reads of a fault on the page of a link: each in words of its own, in the language of the page.
 *
 * Seen to fail: with one text for all of them, as it was.
 */
import { expect, test } from 'vitest';
import type { Locale } from '../../../src/http/hosted/locale.ts';
import { TEXTS } from '../../../src/http/hosted/texts/all.ts';
import { MINUTE, START, startApp, startAppWithAccount } from '../support/start-app.ts';
import { actionsOf, begin, makeLink, submit } from './person.ts';

const { kanda, account } = await startAppWithAccount();
const FORM = { 'content-type': 'application/x-www-form-urlencoded' };
let clients = 0;
const enrolling = (locale: Locale = 'en') =>
  makeLink(account, { clientId: `user-${++clients}`, purpose: 'enrol', locale });
const title = (reason: keyof typeof TEXTS.en.ended, locale: Locale = 'en') =>
  `<h1>${TEXTS[locale].ended[reason].title}</h1>`;

test.each([
  ['a form that is too long', 413, 'unreadable', { payload: `code=${'1'.repeat(3_000)}`, headers: FORM }],
  ['a field twice', 400, 'unreadable', { payload: 'code=1&code=2', headers: FORM }],
  ['no form', 415, 'unreadable', { payload: '{}', headers: { 'content-type': 'application/json' } }],
] as const)('%s', async (_, status, reason, sent) => {
  const link = await enrolling();
  const [action = ''] = actionsOf(await begin(kanda, link.path));
  const page = await kanda.app.inject({ method: 'POST', url: action, ...sent });
  expect([page.statusCode, page.body]).toEqual([status, expect.stringContaining(title(reason))]);
});

test('a form of another site is answered in the language of the browser that sent it', async () => {
  const link = await enrolling();
  const headers = { ...FORM, 'sec-fetch-site': 'cross-site', 'accept-language': 'ja' };
  const page = await kanda.app.inject({ method: 'POST', url: `${link.path}/begin`, headers });
  expect([page.statusCode, page.body]).toEqual([403, expect.stringContaining(title('foreign', 'ja'))]);
});

test('too many forms of one link: for how long', async () => {
  kanda.setClock(START);
  const link = await enrolling('de');
  for (let turn = 0; turn < 200; turn++) await submit(kanda, `${link.path}/begin`);
  kanda.advance(5 * MINUTE);
  const page = await submit(kanda, `${link.path}/begin`);
  expect([page.statusCode, page.body]).toEqual([429, expect.stringContaining(title('busy', 'de'))]);
  expect(page.body).toContain('10 Minuten');
});

test('an account with all its clients', async () => {
  const other = await startApp({ config: { quotaClients: 1 } });
  const owner = await other.signUp();
  const links = [];
  for (const clientId of ['ada', 'bob'])
    links.push(await makeLink(owner, { clientId, purpose: 'enrol', locale: 'ar' }));
  await begin(other, links[0]?.path ?? '');
  const page = await submit(other, `${links[1]?.path}/begin`);
  expect([page.statusCode, page.body]).toEqual([403, expect.stringContaining(title('full', 'ar'))]);
  await other.app.close();
});

test('a store that is away', async () => {
  const other = await startApp();
  const link = await makeLink(await other.signUp(), { clientId: 'ada', purpose: 'enrol' });
  await other.installation.store.close();
  const headers = { 'accept-language': 'zh' };
  const page = await other.app.inject({ method: 'GET', url: link.path, headers });
  expect([page.statusCode, page.body]).toEqual([503, expect.stringContaining(title('down', 'zh'))]);
  await other.app.close();
});
