/**
 * What a receipt needs of the store, on a real one that goes away.
 *
 * Seen to fail with keys that are read again before each signature: the receipt of an accepted code was lost, and the answer
 * said that nothing was accepted. With a look for the key of each wrong signature, that was one read more; with a look that
 * joins one under way, a receipt of a key that was made since was unknown. Without the last known keys, there were none.
 */
import { randomBytes } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { Keyring } from '../../../src/crypto/keyring.ts';
import { parseMasterKey } from '../../../src/crypto/master-key.ts';
import { createReceiptKeys } from '../../../src/crypto/receipt-keys.ts';
import { createServerKeys, nextReceiptKey } from '../../../src/crypto/server-keys.ts';
import type { Account } from '../../../src/domain/accounts/account.ts';
import type { ReceiptStore } from '../../../src/domain/receipts/ports.ts';
import { unsignedReceipt } from '../../../src/domain/receipts/receipt.ts';
import { Receipts } from '../../../src/domain/receipts/receipts.ts';
import { expectFault, MAY_BE_DONE, NOTHING_DONE, type Workbench } from '../../store/contract/workbench.ts';
import { onSqlite } from '../../store/sqlite/on-sqlite.ts';

const ASKED = { action: { type: 'payout', reference: 'payout-8731' } };
const SECOND_MS = 1_000;

const encoded = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
/** Written as a receipt is, under a key that no node has. */
const RECEIPT_OF_NOBODY = [
  encoded({ alg: 'EdDSA', typ: 'kanda-receipt+jwt', kid: 'unknown' }),
  encoded({ sub: 'ada' }),
  'A'.repeat(86),
].join('.');

const keyringOf = ({ masterKey }: Workbench) =>
  new Keyring(parseMasterKey(masterKey, 'the test'), [], randomBytes);

/** The receipts of one node. */
function nodeOn(bench: Workbench, store: Pick<ReceiptStore, 'readServerKeys'> = bench.store): Receipts {
  const { redeemReceipt } = bench.store;
  return new Receipts({
    store: { readServerKeys: () => store.readServerKeys(), redeemReceipt },
    keys: createReceiptKeys(keyringOf(bench)),
    clock: () => bench.now,
    randomBytes,
    publicUrl: null,
  });
}

/** Of a code that was accepted now. */
async function receiptOf(node: Receipts, bench: Workbench, account: Account): Promise<string> {
  const terms = await node.terms(account, 'ada', ASKED);
  return node.sign(unsignedReceipt(terms, 'totp', { id: 7, at: bench.now }));
}

/** The same with other claims. */
function forged(receipt: string): string {
  const [header, payload = '', signature] = receipt.split('.');
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString());
  return [header, encoded({ ...claims, sub: 'mallory' }), signature].join('.');
}

const withKeys = (work: (bench: Workbench) => Promise<void>) =>
  onSqlite(async (bench) => {
    await bench.store.serverKeys(createServerKeys(keyringOf(bench), randomBytes));
    await work(bench);
  });

test('is signed when the store has gone since its code was accepted', () =>
  withKeys(async (bench) => {
    const account = await bench.createAccount();
    const node = nodeOn(bench);
    const terms = await node.terms(account, 'ada', ASKED);
    const unsigned = unsignedReceipt(terms, 'totp', { id: 7, at: bench.now });
    const inTime = await node.sign(unsigned);
    bench.now += 2 * SECOND_MS;
    await bench.closeStores();
    expect(await node.sign(unsigned)).toBe(inTime);
    // Its key is another node's, which cannot be read now.
    await expectFault(node.sign({ ...unsigned, kid: 'another' }), 'store_unavailable', MAY_BE_DONE);
  }));

test('is verified with the keys that the store had last, while it is away', () =>
  withKeys(async (bench) => {
    const [node, fresh] = [nodeOn(bench), nodeOn(bench)];
    const published = await node.jwks();
    bench.now += 2 * SECOND_MS;
    await bench.closeStores();
    expect((await node.jwks()).equals(published)).toBe(true);
    await expectFault(fresh.jwks(), 'store_unavailable', NOTHING_DONE);
  }));

test('is unknown at once when a known key has not signed it; for another key the store is asked', () =>
  withKeys(async (bench) => {
    const account = await bench.createAccount();
    let reads = 0;
    const node = nodeOn(bench, {
      readServerKeys: () => {
        reads++;
        return bench.store.readServerKeys();
      },
    });
    const receipt = await receiptOf(node, bench, account);
    expect(reads).toBe(1);
    await expectFault(node.redeem(account, forged(receipt), null, bench.change()), 'receipt_unknown');
    expect(reads).toBe(1);
    await expectFault(node.redeem(account, RECEIPT_OF_NOBODY, null, bench.change()), 'receipt_unknown');
    expect(reads).toBe(2);
  }));

test('is redeemed when its key was made while the keys were being read', () =>
  withKeys(async (bench) => {
    const account = await bench.createAccount();
    const hasRead = Promise.withResolvers<void>();
    const goOn = Promise.withResolvers<void>();
    let reads = 0;
    const node = nodeOn(bench, {
      async readServerKeys() {
        const keys = await bench.store.readServerKeys();
        if (++reads === 2) {
          hasRead.resolve();
          await goOn.promise;
        }
        return keys;
      },
    });
    await node.jwks();
    const refused = expectFault(
      node.redeem(account, RECEIPT_OF_NOBODY, null, bench.change()),
      'receipt_unknown',
    );
    await hasRead.promise;
    const keyring = keyringOf(bench);
    await bench.store.rotateSigningKey(
      (present) => ({
        fresh: nextReceiptKey(keyring, randomBytes, present, bench.now),
        removed: present.map(({ name }) => name),
      }),
      bench.change(),
    );
    const receipt = await receiptOf(nodeOn(bench), bench, account);
    const redeemed = node.redeem(account, receipt, null, bench.change());
    // It has come to where the other read is under way.
    await nextTurn();
    goOn.resolve();
    expect(await redeemed).toMatchObject({ sub: 'ada' });
    await refused;
  }));
