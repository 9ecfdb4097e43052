import { expect } from 'vitest';
import type { Account } from '../../../src/domain/accounts/account.ts';
import type { ShownAuthenticator } from '../../../src/domain/authenticators/ports.ts';
import { Phone, STEP_MS, type Workbench } from './workbench.ts';

/** What tests of authenticators do with the client `ada`. */

export const MINUTE_MS = 60_000;

export type Named = Pick<Phone, 'accountId' | 'clientId'>;

export function refused(attemptsLeft: number) {
  return { confirmed: false, reason: 'invalid_code', attemptsLeft };
}

export function confirm(bench: Workbench, { accountId, clientId }: Named, code: string, node = bench.store) {
  return node.confirmAuthenticator({ accountId, clientId, number: null, code }, bench.change());
}

export function remove(bench: Workbench, account: Account, number: number) {
  return bench.store.removeAuthenticator({ accountId: account.id, clientId: 'ada', number }, bench.change());
}

export function enrolPending(
  bench: Workbench,
  account: Account,
  secretName: string,
  more: { readonly fresh?: boolean } = {},
): Promise<ShownAuthenticator> {
  const { parameters, secret } = new Phone(account.id, 'ada', PARAMETERS, secretName);
  const pendingUntil = bench.now + 15 * MINUTE_MS;
  return bench.store.registerClient(
    {
      accountId: account.id,
      clientId: 'ada',
      label: 'ada',
      issuer: 'Example',
      parameters,
      secret,
      isImported: false,
      pendingUntil,
      ...more,
    },
    bench.change(),
  );
}

export const PARAMETERS = { algorithm: 'SHA1', digits: 6, period: 30 } as const;

export async function pendingClient(bench: Workbench) {
  const account = await bench.createAccount();
  const shown = await enrolPending(bench, account, 'ada');
  return { account, shown, phone: new Phone(account.id, 'ada', PARAMETERS, 'ada') };
}

export async function activeClient(bench: Workbench) {
  const account = await bench.createAccount();
  return { account, first: await bench.enrol(account, 'ada') };
}

export async function addPending(
  bench: Workbench,
  account: Account,
  secretName: string,
  name: string | null = secretName,
  replaces: number | null = null,
): Promise<Phone> {
  const phone = new Phone(account.id, 'ada', PARAMETERS, secretName);
  const { accountId, clientId, parameters, secret } = phone;
  const pendingUntil = bench.now + 15 * MINUTE_MS;
  const asked = { accountId, clientId, name, parameters, secret, isImported: true, watermark: -1 };
  await bench.store.addAuthenticator({ ...asked, pendingUntil, replaces, fresh: false }, bench.change());
  return phone;
}

export async function twoPhones(bench: Workbench) {
  const { account, first } = await activeClient(bench);
  const second = await addPending(bench, account, 'second');
  expect(await confirm(bench, second, second.codeAt(bench.now))).toMatchObject({ confirmed: true });
  bench.now += STEP_MS;
  return { account, first, second };
}
