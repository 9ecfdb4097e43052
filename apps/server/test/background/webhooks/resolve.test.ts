/** Seen to fail: with one resolver for ever, the name servers of the start were asked after they had changed. */
import { Resolver } from 'node:dns/promises';
import { expect, test } from 'vitest';
import { dnsResolve } from '../../../src/background/webhooks/resolve.ts';

/** In ms; nothing is to be found. */
const ASKED_FOR = 1;

test('name servers that change are asked a minute later', async () => {
  let now = 0;
  let made = 0;
  const resolve = dnsResolve(
    () => {
      made++;
      return new Resolver({ timeout: ASKED_FOR, tries: 1 });
    },
    () => now,
  );
  const ask = () => resolve('name.invalid').catch(() => {});
  await ask();
  now = 59_999;
  await ask();
  expect(made).toBe(1);
  now = 60_000;
  await ask();
  await ask();
  expect(made).toBe(2);
});
