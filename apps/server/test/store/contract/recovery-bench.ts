import { createHash } from 'node:crypto';
import type { RecoveryCodeVerdict } from '../../../src/domain/recovery-codes/ports.ts';
import type { Phone, Workbench } from './workbench.ts';

/** What a store knows of the code with this name. */
const macOf = (name: string): Uint8Array => createHash('sha256').update(name).digest();
export const macsOf = (set: string, count = 5) =>
  Array.from({ length: count }, (_, index) => macOf(`${set} ${index}`));

/** The gestures of tests with recovery codes. Each code has a name: that of its set and its place in it. */
export function recoveryBench(bench: () => Workbench) {
  return {
    create: (phone: Phone, set: string, count?: number) =>
      bench().store.createClientRecoveryCodes(
        phone.accountId,
        phone.clientId,
        macsOf(set, count),
        bench().change(),
      ),
    use: (
      { accountId, clientId }: Pick<Phone, 'accountId' | 'clientId'>,
      name: string,
      node = bench().store,
    ): Promise<RecoveryCodeVerdict> =>
      node.useClientRecoveryCode({ accountId, clientId, mac: macOf(name) }, bench().change()),
    found: ({ accountId, clientId }: Phone) =>
      bench().store.findClientRecoveryCodes(accountId, clientId, bench().now),
  };
}
