/**
 * What pages of other origins get of a link: `<kanda-enrol>` and `<kanda-challenge>` ask as here.
 *
 * Seen to fail: with the header for any origin, and with a form taken for its `Accept` alone.
 */
import { beforeEach, describe, expect, test } from 'vitest';
import { START, startAppWithAccount } from '../support/start-app.ts';
import { makeLink, ORIGIN } from './person.ts';

const { kanda, account } = await startAppWithAccount();
let clients = 0;
const fresh = () => `user-${++clients}`;
const enrolling = () => makeLink(account, { clientId: fresh(), purpose: 'enrol' });
beforeEach(() => kanda.setClock(START));

/** As a page on `origin` asks by script. */
function ask(url: string, origin: string, method: 'GET' | 'POST' = 'GET', more: object = {}) {
  const form = { 'content-type': 'application/x-www-form-urlencoded' };
  const headers = {
    accept: 'application/json',
    origin,
    'sec-fetch-site': 'cross-site',
    ...(method === 'POST' ? form : {}),
    ...more,
  };
  return kanda.app.inject({ method, url, headers });
}
const readers = (answer: Awaited<ReturnType<typeof ask>>) => answer.headers['access-control-allow-origin'];

describe('of a link', () => {
  test('a page on a listed origin reads and begins a link, and no other does', async () => {
    const link = await enrolling();
    const shown = await ask(link.path, ORIGIN);
    expect([shown.statusCode, readers(shown), shown.headers['access-control-allow-credentials']]).toEqual([
      200,
      ORIGIN,
      undefined,
    ]);
    expect(shown.json()).toMatchObject({ kind: 'start', purpose: 'enrol', locale: 'en', direction: 'ltr' });
    expect([shown.headers.vary, shown.headers['cache-control']]).toEqual(['Origin', 'no-store']);

    for (const origin of [
      'https://evil.example',
      'https://app.example.com.evil.example',
      'http://app.example.com',
      'null',
    ]) {
      expect(readers(await ask(link.path, origin)), origin).toBeUndefined();
      const begun = await ask(`${link.path}/begin`, origin, 'POST');
      expect([begun.statusCode, readers(begun), begun.json().reason], origin).toEqual([
        403,
        undefined,
        'foreign',
      ]);
    }
    const { statusCode } = await account.call('GET', `/api/totp/links?clientId=${link.id}`);
    expect(statusCode).toBe(200);

    const begun = await ask(`${link.path}/begin`, ORIGIN, 'POST');
    expect([begun.statusCode, readers(begun), begun.json().kind]).toEqual([200, ORIGIN, 'enrol']);
    expect(begun.json().content).toContain('class="key"');
    // A form that a page sends by leaving it asks for a document.
    const left = await ask(`${link.path}/begin`, ORIGIN, 'POST', { accept: 'text/html,*/*' });
    expect([left.statusCode, readers(left)]).toEqual([403, undefined]);
  });

  test('does not any more once its origin is taken off the list', async () => {
    const link = await enrolling();
    await account.call('PUT', '/api/hosted-pages', { name: 'MyApp', returnOrigins: [] });
    expect(readers(await ask(link.path, ORIGIN))).toBeUndefined();
    expect((await ask(`${link.path}/begin`, ORIGIN, 'POST')).statusCode).toBe(403);
    const { statusCode } = await kanda.app.inject({ method: 'GET', url: link.path });
    expect(statusCode).toBe(200);
  });

  test('learns that a link is none, as any page does', async () => {
    const unknown = await ask(`/l/${'a'.repeat(32)}`, 'https://evil.example');
    expect([unknown.statusCode, readers(unknown), unknown.json().reason]).toEqual([404, '*', 'unknown']);
  });

  test('has no way but that of links', async () => {
    await enrolling();
    for (const [method, url] of [
      ['GET', '/api/totp/clients'],
      ['GET', '/api/hosted-pages'],
      ['POST', '/api/totp/links/redeem'],
      ['GET', '/health'],
      ['GET', '/l'],
    ] as const)
      expect(readers(await ask(url, ORIGIN, method)), url).toBeUndefined();
  });
});
