/** A test suite of an application, with no sleep in it: codes, a lock that is waited out, a token that ends. */
import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { isValid } from '@kanda/sdk';
import { startKanda } from '@kanda/sdk/testing';

let server;
let kanda;
let begun;
before(async () => {
  // In your project, with the package kanda installed: startKanda().
  server = await startKanda({ command: JSON.parse(process.env.EXAMPLE_COMMAND) });
  kanda = server.testMode.kanda;
  begun = performance.now();
});
after(async () => {
  console.log('the tests took', Math.round(performance.now() - begun), 'ms');
  await server.stop();
});
beforeEach(() => server.testMode.deleteClients());

async function enrol(clientId) {
  await kanda.register({ clientId, label: clientId, issuer: 'MyApp', confirm: true });
  const phone = server.testMode.phone(clientId);
  const { confirmed } = await kanda.confirm({ clientId, token: await phone.code() });
  assert.equal(confirmed, true);
  return phone;
}

test('a user logs in with the next code, and not with a used one', async () => {
  const phone = await enrol('alice');
  assert.equal(isValid(await kanda.validate({ clientId: 'alice', token: await phone.code() })), false);
  assert.equal(isValid(await kanda.validate({ clientId: 'alice', token: await phone.nextCode() })), true);
});

test('a lock ends after its time', async () => {
  const phone = await enrol('alice');
  const used = await phone.code();
  for (let tries = 0; tries < 5; tries++) await kanda.validate({ clientId: 'alice', token: used });
  const locked = await kanda.validate({ clientId: 'alice', token: used });
  assert.deepEqual([locked.valid, locked.reason], [false, 'locked']);
  await server.testMode.advance(locked.retryAfter);
  assert.equal(isValid(await kanda.validate({ clientId: 'alice', token: await phone.nextCode() })), true);
});

test('a token that has ended is renewed unseen', async () => {
  const phone = await enrol('alice');
  await server.testMode.advance(2 * 60 * 60);
  assert.equal(isValid(await kanda.validate({ clientId: 'alice', token: await phone.code() })), true);
});
