import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { SharedProbe } from '../../../src/store/scheduling/shared-probe.ts';

test('those who ask during a probe, and soon after a good one, share its answer', async () => {
  let tried = 0;
  const probe = new SharedProbe(async () => void tried++, 50);
  await Promise.all([probe.ask(), probe.ask()]);
  await probe.ask();
  expect(tried).toBe(1);
  await sleep(100);
  await probe.ask();
  expect(tried).toBe(2);
  probe.forget();
  await probe.ask();
  expect(tried).toBe(3);
});

test('a bad answer goes to those who asked meanwhile, and is not kept', async () => {
  let tried = 0;
  const probe = new SharedProbe(async () => {
    if (++tried === 1) throw new Error('the disk is full');
  }, 60_000);
  const [one, other] = await Promise.allSettled([probe.ask(), probe.ask()]);
  expect([one.status, other.status]).toEqual(['rejected', 'rejected']);
  await expect(probe.ask()).resolves.toBeUndefined();
});
