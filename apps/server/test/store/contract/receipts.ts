import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { Keyring } from '../../../src/crypto/keyring.ts';
import { parseMasterKey } from '../../../src/crypto/master-key.ts';
import { createReceiptKeys } from '../../../src/crypto/receipt-keys.ts';
import { createServerKeys, nextReceiptKey } from '../../../src/crypto/server-keys.ts';
import { INSTALLATION_ACCOUNT } from '../../../src/domain/accounts/account.ts';
import type { RedeemedReceipt } from '../../../src/domain/receipts/ports.ts';
import { JTI_LENGTH, SPENT_KEPT_MS } from '../../../src/domain/receipts/receipt.ts';
import { macsOf, recoveryBench } from './recovery-bench.ts';
import { EVERYTHING, expectFault, type MakeDatabase, ORIGIN, STEP_MS, useWorkbench } from './workbench.ts';

const AT_ONCE = 64;
const LIFETIME_MS = 120_000;

/*
 * What makes these hold: the account is locked before the receipt is looked for, and its id is a primary key.
 *
 * Seen to fail without it. With `doNothing` and no look at how many rows were inserted: all 64 were redeemed.
 */

export function describeReceipts(makeDatabase: MakeDatabase): void {
  describe('receipts', () => {
    const bench = useWorkbench(makeDatabase);

    const receiptOf = (clientId: string): RedeemedReceipt => ({
      clientId,
      jti: randomBytes(JTI_LENGTH),
      issuedAt: bench().now,
      expiresAt: bench().now + LIFETIME_MS,
      event: 7,
    });

    it('say where the log has the code: with a batch of others, after a lock, on a further event', async () => {
      const account = await bench().createAccount();
      const phones = await Promise.all(['ada', 'bob', 'eve'].map((name) => bench().enrol(account, name)));
      bench().now += STEP_MS;
      const verdicts = await Promise.all(
        phones.map(({ clientId, accountId }, place) =>
          bench().store.validate({
            accountId,
            clientId,
            code: (phones[place] as (typeof phones)[number]).codeAt(bench().now),
            origin: ORIGIN,
            details: true,
            numbered: true,
          }),
        ),
      );
      for (const [place, verdict] of verdicts.entries()) {
        if (!verdict.valid) throw new Error(`refused: ${verdict.reason}`);
        const event = await bench().store.findEvent(account.id, verdict.event?.id ?? 0);
        expect(event).toMatchObject({
          event: 'totp.validated',
          outcome: 'success',
          clientId: phones[place]?.clientId,
          at: verdict.event?.at,
        });
        expect(verdict.event?.at).toBe(bench().now);
      }
      const refused = await bench().store.validate({
        ...(phones[0] as (typeof phones)[number]),
        code: phones[0]?.codeAt(bench().now) ?? '',
        origin: ORIGIN,
        numbered: true,
      });
      expect(refused).toEqual({ valid: false, reason: 'invalid_code' });
    });

    it('say where the log has a recovery code', async () => {
      const account = await bench().createAccount();
      const phone = await bench().enrol(account, 'ada');
      await recoveryBench(bench).create(phone, 'first', 5);
      const [mac = null] = macsOf('first');
      const attempt = { accountId: account.id, clientId: 'ada', mac, numbered: true };
      const verdict = await bench().store.useClientRecoveryCode(attempt, bench().change());
      if (!verdict.valid) throw new Error(`refused: ${verdict.reason}`);
      expect(await bench().store.findEvent(account.id, verdict.event?.id ?? 0)).toMatchObject({
        event: 'client.recovery_code_used',
        outcome: 'success',
        at: verdict.event?.at,
      });
    });

    it(`that come ${AT_ONCE} times at once over two nodes are redeemed once`, async () => {
      const account = await bench().createAccount();
      const nodes = [bench().store, await bench().openNode()];
      for (let round = 0; round < 5; round++) {
        const receipt = receiptOf(`user-${round}`);
        const outcomes = await Promise.allSettled(
          Array.from({ length: AT_ONCE }, (_, index) =>
            nodes[index % 2]?.redeemReceipt(account.id, receipt, bench().change()),
          ),
        );
        expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
        const refused = outcomes.filter((one) => one.status === 'rejected');
        expect(new Set(refused.map(({ reason }) => reason.code))).toEqual(new Set(['receipt_redeemed']));
        const events = await bench().events(account, { clientId: `user-${round}` });
        expect(events.filter(({ outcome }) => outcome === 'success')).toMatchObject([
          { event: 'receipt.redeemed', reason: '7' },
        ]);
        expect(events).toHaveLength(AT_ONCE);
      }
    });

    it('are of one account each: the same id in another one is another receipt', async () => {
      const [ada, bob] = [await bench().createAccount('ada'), await bench().createAccount('bob')];
      const receipt = receiptOf('user');
      await bench().store.redeemReceipt(ada.id, receipt, bench().change());
      await bench().store.redeemReceipt(bob.id, receipt, bench().change());
      await expectFault(bench().store.redeemReceipt(ada.id, receipt, bench().change()), 'receipt_redeemed');
    });

    it('stay redeemed after a restart, and while any clock could take them for valid', async () => {
      const account = await bench().createAccount();
      const receipt = receiptOf('user');
      await bench().store.redeemReceipt(account.id, receipt, bench().change());
      const redeemedAt = bench().now;
      bench().now += LIFETIME_MS + SPENT_KEPT_MS - 1;
      await bench().reopen();
      await bench().database.prune(bench().box, () => bench().now);
      // The clock was set back.
      bench().now = redeemedAt;
      await expectFault(
        bench().store.redeemReceipt(account.id, receipt, bench().change()),
        'receipt_redeemed',
      );
    });

    it('that have expired, or are from the future, are not redeemed, and the log says why', async () => {
      const account = await bench().createAccount();
      const receipt = receiptOf('user');
      const redeem = () => bench().store.redeemReceipt(account.id, receipt, bench().change());
      bench().now += LIFETIME_MS;
      await expectFault(redeem(), 'receipt_expired');
      bench().now -= LIFETIME_MS + 30_001;
      await expectFault(redeem(), 'receipt_unknown');
      bench().now += 1;
      await redeem();
      expect((await bench().events(account)).map(({ reason }) => reason)).toEqual([
        '7',
        'receipt_unknown',
        'receipt_expired',
        null,
      ]);
    });

    it('are signed by keys that turn: two at once make two, and those before a revocation go', async () => {
      const keyring = new Keyring(parseMasterKey(bench().masterKey, 'the test'), [], randomBytes);
      const nodes = [bench().store, await bench().openNode()];
      await bench().store.serverKeys(createServerKeys(keyring, randomBytes));
      await bench().createAccount();
      const rotate = (node = bench().store, revoke = false) =>
        node.rotateSigningKey(
          (present) => ({
            fresh: nextReceiptKey(keyring, randomBytes, present, bench().now),
            removed: revoke ? present.map(({ name }) => name) : [],
          }),
          bench().change(),
        );
      const names = async () =>
        (await bench().store.readServerKeys())
          .filter(({ signsFrom }) => signsFrom !== undefined)
          .map(({ name }) => name)
          .sort();
      await Promise.all(nodes.map((node) => rotate(node)));
      expect(await names()).toEqual(['receipt-signing', 'receipt-signing 2', 'receipt-signing 3']);
      const opened = createReceiptKeys(keyring).open(await bench().store.readServerKeys());
      expect(new Set(opened.map(({ jwk }) => jwk.kid)).size).toBe(3);
      await rotate(bench().store, true);
      expect(await names()).toEqual(['receipt-signing 4']);
      expect(await bench().store.readServerKeys()).toHaveLength(4);
      const { data } = await bench().store.listEvents(
        INSTALLATION_ACCOUNT,
        { ...EVERYTHING, event: 'signingkey.rotated' },
        { cursor: null, limit: 10 },
      );
      expect(data).toHaveLength(3);
    });
  });
}
