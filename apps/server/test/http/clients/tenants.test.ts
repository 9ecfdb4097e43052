/**
 * Two accounts on one server (security.md, case 10): with the other's ids and cursors nothing is seen and
 * nothing changed, and the answer is the one for what does not exist.
 */

import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { operations } from '../support/documented.ts';
import { GOOD_BODIES } from '../support/good-bodies.ts';
import {
  type Answer,
  codeAt,
  START,
  startApp,
  type TestAccount,
  type TestApp,
} from '../support/start-app.ts';

let kanda: TestApp;
let mallory: TestAccount;
let alice: TestAccount;

beforeAll(async () => {
  kanda = await startApp();
});
beforeEach(async () => {
  [mallory, alice] = [await kanda.signUp(), await kanda.signUp()];
});
afterAll(() => kanda.close());

/** All that an account can see of itself. */
async function everythingOf({ call }: TestAccount): Promise<unknown> {
  const paths = [
    '/api/auth/me',
    '/api/auth/sessions',
    '/api/keys',
    '/api/webhooks',
    '/api/totp/links',
    '/api/totp/clients',
    '/api/logs?limit=200',
  ];
  return Promise.all(paths.map(async (path) => (await call('GET', path)).json()));
}

/** An answer without what differs between any two answers. */
function shown(answer: Answer, id: string): unknown {
  const { requestId: _, ...body } = answer.json();
  const { date: __, ...headers } = answer.headers;
  return JSON.parse(JSON.stringify({ status: answer.statusCode, body, headers }).replaceAll(id, '<id>'));
}

/** Something of the account that a path with `{id}` names. */
async function idOf({ call, createKey }: TestAccount, path: string): Promise<string> {
  if (path.startsWith('/api/logs')) {
    // Events are numbered in each account's own log: this is one that the other log does not reach.
    const { data } = (await call('GET', '/api/logs?limit=1')).json<{ data: { id: number }[] }>();
    return String(data[0]?.id);
  }
  if (path.startsWith('/api/webhooks')) {
    return (await call('POST', '/api/webhooks', { url: 'https://app.example.com/' })).json().id;
  }
  if (path.startsWith('/api/totp/links')) {
    const link = { clientId: 'only-alices', purpose: 'challenge' };
    return (await call('POST', '/api/totp/links', link)).json().id;
  }
  if (!path.startsWith('/api/auth/sessions')) return (await createKey()).id;
  const { data } = (await call('GET', '/api/auth/sessions')).json<{ data: { id: string }[] }>();
  return data[0]?.id ?? '';
}

const withParameter = operations.filter(({ path }) => path.includes('{'));

describe.each(withParameter)('$name', ({ method, path }) => {
  test("answers for another account's id as for none, and changes nothing there", async () => {
    const { clientId } = await alice.enrol('only-alices');
    const id = await idOf(alice, path);
    const before = await everythingOf(alice);
    const ask = (itsId: string, client: string) =>
      mallory.call(
        method as 'GET',
        path
          .replace('{id}', itsId)
          .replace('{clientId}', client)
          .replace('{authenticatorId}', 'aut_1')
          .replace('{deviceId}', 'dev_aaaaaaaaaaaaaaaa'),
        GOOD_BODIES[`${method} ${path}`],
      );
    const theirs = await ask(id, clientId);
    expect(theirs.statusCode).toBe(404);
    const unknownId = path.startsWith('/api/logs') ? '99999999' : id.replace(/[^_]{8}$/, 'bbbbbbbb');
    const unknownClient = 'nobodys-one';
    const unknown = await ask(unknownId, unknownClient);
    expect(shown(theirs, path.includes('{id}') ? id : clientId)).toEqual(
      shown(unknown, path.includes('{id}') ? unknownId : unknownClient),
    );
    expect(await everythingOf(alice)).toEqual(before);
  });
});

test("another account's client answers a right code as an unknown one, and the code stays unused", async () => {
  const { clientId, secret } = await alice.enrol('only-alices');
  const body = { clientId, token: codeAt(secret, START) };
  const before = await everythingOf(alice);
  const theirs = await mallory.call('POST', '/api/totp/validate', body);
  const unknown = await mallory.call('POST', '/api/totp/validate', { ...body, clientId: 'unknown' });
  expect(theirs.statusCode).toBe(404);
  expect(shown(theirs, clientId)).toEqual(shown(unknown, 'unknown'));
  expect(await everythingOf(alice)).toEqual(before);
  expect((await alice.call('POST', '/api/totp/validate', body)).json()).toEqual({ valid: true });
});

test('two accounts with the same clientId have two clients that share nothing', async () => {
  const hers = await alice.enrol('shared');
  const his = await mallory.enrol('shared');
  expect(his.secret).not.toBe(hers.secret);
  const path = '/api/totp/clients/shared';
  const validate = async ({ call }: TestAccount, secret: string) =>
    (await call('POST', '/api/totp/validate', { clientId: 'shared', token: codeAt(secret, START) })).json();

  // Neither's code, failures, lock nor state is the other's.
  for (let count = 0; count < 5; count++) {
    expect(await validate(mallory, hers.secret)).toEqual({ valid: false, reason: 'invalid_code' });
  }
  expect((await mallory.call('GET', path)).json().status).toBe('locked');
  const before = (await alice.call('GET', path)).json();
  expect(before).toMatchObject({ status: 'active', failures: 0 });
  await mallory.call('POST', `${path}/disable`);
  await mallory.call('POST', `${path}/unlock`);
  await mallory.call('POST', '/api/totp/rotate/shared');
  await mallory.call('DELETE', path);
  expect((await alice.call('GET', path)).json()).toEqual(before);
  expect(await validate(alice, hers.secret)).toEqual({ valid: true });
  const { data } = (await alice.call('GET', '/api/logs?clientId=shared')).json();
  expect(data.map(({ event }: { event: string }) => event)).toEqual(['totp.validated', 'client.registered']);
});

test("another account's cursors show nothing but one's own", async () => {
  for (let count = 0; count < 4; count++) {
    await alice.enrol(`hers-${count}`);
    await alice.createKey({ name: `hers-${count}` });
  }
  await mallory.enrol('his');
  await mallory.createKey({ name: 'his' });
  for (const path of ['/api/totp/clients', '/api/keys', '/api/logs', '/api/logs?clientId=hers-0']) {
    const query = path.includes('?') ? '&' : '?';
    const { nextCursor } = (await alice.call('GET', `${path}${query}limit=1`)).json();
    if (nextCursor === null) continue;
    const answer = await mallory.call('GET', `${path}${query}cursor=${nextCursor}`);
    expect(answer.body).not.toContain('hers');
    expect(answer.body).not.toContain(alice.userId);
  }
});

test('a log holds events of its own account alone, in every format and with every filter', async () => {
  await alice.enrol('hers');
  await mallory.enrol('his');
  for (const query of ['', '?format=csv', '?format=ndjson', '?clientId=hers', '?event=client.registered']) {
    const { body } = await mallory.call('GET', `/api/logs${query}`);
    expect(body).not.toContain('hers');
    expect(body).not.toContain(alice.userId);
  }
});
