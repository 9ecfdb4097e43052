import { createHash, createSecretKey } from 'node:crypto';
import { createDeviceTokens } from '../../../src/crypto/device-tokens.ts';
import type { Account } from '../../../src/domain/accounts/account.ts';
import {
  TrustedDevices,
  type TrustedVerdict,
  type UsedVerdict,
} from '../../../src/domain/devices/trusted-devices.ts';
import { Secret } from '../../../src/domain/secret.ts';
import { DEFAULT_POLICY } from '../../../src/domain/verdicts/policy.ts';
import { type Phone, STEP_MS, type Workbench } from './workbench.ts';

export type TrustedBrowser = Extract<TrustedVerdict, { valid: true }>;

/** The gestures of tests with trusted devices. Tokens are real ones, under a key that every node has. */
export function deviceBench(bench: () => Workbench) {
  const macKey = createSecretKey(createHash('sha256').update('device tokens').digest());
  let drawn = 0;
  const tokens = createDeviceTokens(macKey, (length) =>
    createHash('sha256').update(`${++drawn}`).digest().subarray(0, length),
  );
  const service = (node = bench().store) => new TrustedDevices(node, tokens);
  const owner = ({ accountId }: Pick<Phone, 'accountId'>) => ({
    id: accountId,
    publicId: `acc_${accountId}`,
  });

  /** Sends a code and asks to trust the browser. */
  const trust = (
    phone: Phone,
    label = 'Firefox',
    code = phone.codeAt(bench().now),
    days = 30,
    node = bench().store,
  ) => service(node).trust(owner(phone), phone.clientId, code, { label, days }, bench().change());

  return {
    tokens,
    trust,
    switchOn: (account: Account, trustedDevices = true) =>
      bench().store.setPolicy(account.id, { ...DEFAULT_POLICY, trustedDevices }, bench().change()),
    /** Trusts a browser with the phone's next code. */
    async trusted(phone: Phone, label?: string, days?: number): Promise<TrustedBrowser> {
      bench().now += STEP_MS;
      const verdict = await trust(phone, label, phone.codeAt(bench().now), days);
      if (!verdict.valid) throw new Error(`the code was refused: ${verdict.reason}`);
      return verdict;
    },
    use: (
      phone: Pick<Phone, 'accountId' | 'clientId'>,
      token: Secret<string> | string,
      node = bench().store,
    ): Promise<UsedVerdict> =>
      service(node).use(
        owner(phone),
        phone.clientId,
        typeof token === 'string' ? new Secret(token) : token,
        bench().change(),
      ),
    devices: ({ accountId, clientId }: Pick<Phone, 'accountId' | 'clientId'>) =>
      bench().store.listDevices(accountId, clientId, bench().now),
    deviceEvents: async (account: Account) =>
      (await bench().events(account))
        .filter(({ event }) => event.startsWith('client.device'))
        .map(({ event, outcome, reason }) => ({ event, outcome, reason }))
        .reverse(),
  };
}
