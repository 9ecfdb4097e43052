/** What a restore leaves of secrets that its backup did not know. */
import { createHotpKey, formatCode, hotp, stepAt } from '@kanda/otp';
import { describe, expect, test } from 'vitest';
import { Secret } from '../../../src/domain/secret.ts';
import { FARTHEST_STEP } from '../../../src/domain/verdicts/methods/totp.ts';
import { PASSWORD } from '../lib/run-kanda.ts';
import {
  behindTheStore,
  bench,
  bring,
  change,
  enrol,
  RESTORED_AT,
  raise,
  useInstallation,
} from './restored-bench.ts';

useInstallation();

/** Seen to fail without the row in which a restore says when it was: the code was accepted a second time. */
describe('a secret that was enrolled after the backup', () => {
  /** The store as the backup has it: nothing is known of the secret. */
  async function lose(clientId: string): Promise<void> {
    await bench.installation.store.deleteClient(bench.accountId, clientId, change());
    behindTheStore('delete from deleted_secret');
  }

  test.each([15, 30, 60, 300])(
    'with a period of %i s accepts none of its codes when it is imported again',
    async (period) => {
      bench.now = RESTORED_AT;
      const name = `lost-${period}`;
      const isAccepted = await enrol(name, period);
      const current = stepAt(bench.now, period);
      expect(await isAccepted(current + 1)).toBe(true);
      await lose(name);
      raise(bench.now);
      const isAcceptedAgain = await bring(name, period);
      expect(await isAcceptedAgain(current + 1)).toBe(false);
      bench.now += period * 1000;
      expect(await isAcceptedAgain(current + 1)).toBe(false);
      bench.now = RESTORED_AT + FARTHEST_STEP * period * 1000;
      expect(await isAcceptedAgain(current + FARTHEST_STEP)).toBe(false);
      expect(await isAcceptedAgain(current + FARTHEST_STEP + 1)).toBe(true);
    },
  );

  // Seen to fail with a reset that asks only the log of its client, which the restore has lost.
  test('accepts none of its codes when its clock is reset', async () => {
    bench.now = RESTORED_AT;
    const isAccepted = await enrol('lost and reset', 30);
    const current = stepAt(bench.now, 30);
    expect(await isAccepted(current + 1)).toBe(true);
    await lose('lost and reset');
    raise(bench.now);
    const isAcceptedAgain = await bring('lost and reset', 30);
    for (const behind of [0, 600_000]) {
      bench.now = RESTORED_AT - behind;
      await bench.installation.store.resetClientClock(bench.accountId, 'lost and reset', change());
    }
    for (let step = current; step <= current + FARTHEST_STEP; step++) {
      bench.now = RESTORED_AT + (step - current) * 30_000;
      expect(await isAcceptedAgain(step)).toBe(false);
    }
    bench.now += 30_000;
    expect(await isAcceptedAgain(current + FARTHEST_STEP + 1)).toBe(true);
  });

  test('accepts none as a further authenticator, or in the place of others', async () => {
    bench.now = RESTORED_AT;
    await enrol('several', 30);
    raise(bench.now);
    const parameters = { algorithm: 'SHA1', digits: 6, period: 30 } as const;
    const secret = Buffer.from('lost authenticator..');
    const code = formatCode(hotp(createHotpKey(secret, 'SHA1'), stepAt(bench.now, 30), 6), 6);
    const client = {
      accountId: bench.accountId,
      clientId: 'several',
      name: null,
      parameters,
      secret,
      watermark: -1,
    };
    const pendingUntil = bench.now + 900_000;
    await bench.installation.store.addAuthenticator(
      { ...client, isImported: true, pendingUntil, replaces: null, fresh: true },
      change(),
    );
    const name = { accountId: bench.accountId, clientId: 'several', number: null, code };
    expect(await bench.installation.store.confirmAuthenticator(name, change())).toMatchObject({
      confirmed: false,
    });
    const imported = {
      ...{ ...client, secret: Buffer.from('lost secret.........'), label: 'l', issuer: 'i' },
      ...{ drift: 0, disabled: false, additional: false, recoveryMacs: null },
    };
    const rules = { onConflict: 'replace', mostClients: null } as const;
    const [outcome] = await bench.installation.store.importClients(
      bench.accountId,
      [imported],
      rules,
      change(),
    );
    expect(outcome).toMatchObject({ result: 'replaced' });
    const shown = formatCode(hotp(createHotpKey(imported.secret, 'SHA1'), stepAt(bench.now, 30), 6), 6);
    const attempt = { accountId: bench.accountId, clientId: 'several', code: shown, origin: change().origin };
    expect(await bench.installation.store.validate(attempt)).toMatchObject({ valid: false });
  });

  test('accepts none in an account that is created after the restore', async () => {
    bench.now = RESTORED_AT;
    raise(bench.now);
    const credentials = { email: 'late@example.com', password: new Secret(PASSWORD) };
    const { id } = await bench.installation.accounts.register(credentials, change());
    const isAccepted = await bring('late', 30, { of: id });
    expect(await isAccepted(stepAt(bench.now, 30))).toBe(false);
  });

  test('counts by the clock of the test half that it is in', async () => {
    bench.now = RESTORED_AT;
    behindTheStore('delete from deleted_secret');
    const ahead = 86_400_000;
    const of = Number(
      behindTheStore(`select account_id from account_head where account_id <> 0 order by account_id`)
        .map((row) => (row as { account_id: number }).account_id)
        .at(-1),
    );
    behindTheStore(`update account_head set clock_offset = ${ahead} where account_id = ${of}`);
    raise(bench.now);
    const isAccepted = await bring('half', 30, { of });
    expect(await isAccepted(stepAt(bench.now + ahead, 30))).toBe(false);
    bench.now += (FARTHEST_STEP + 1) * 30_000;
    expect(await isAccepted(stepAt(bench.now + ahead, 30))).toBe(true);
    behindTheStore(`update account_head set clock_offset = 0 where account_id = ${of}`);
  });

  test('waits for nothing when it is one that Kanda makes', async () => {
    bench.now = RESTORED_AT;
    raise(bench.now);
    const isAccepted = await bring('made', 30, { isImported: false });
    expect(await isAccepted(stepAt(bench.now, 30))).toBe(true);
  });

  test('accepts the counter that is named when it is that of a token: nothing can be said of it', async () => {
    bench.now = RESTORED_AT;
    raise(bench.now);
    const isAccepted = await bring('lost token', 0);
    expect(await isAccepted(0)).toBe(true);
  });

  test('waits no longer when the clock was behind at a second restore, and no shorter', async () => {
    bench.now = RESTORED_AT;
    behindTheStore('delete from deleted_secret');
    raise(bench.now);
    raise(bench.now - 600_000);
    const isAccepted = await bring('twice restored', 30);
    expect(await isAccepted(stepAt(bench.now, 30))).toBe(false);
    const rows = behindTheStore('select watermark from deleted_secret');
    expect(rows).toEqual([{ watermark: RESTORED_AT / 1000 }]);
  });

  test('is no longer waited for when no window reaches what was shown before', async () => {
    bench.now = RESTORED_AT;
    behindTheStore('delete from deleted_secret');
    raise(bench.now);
    const left = (at: number) => behindTheStore(`select 1 from deleted_secret where keep_until > ${at}`);
    const longest = 300_000;
    expect(left(bench.now + 2 * FARTHEST_STEP * longest)).toHaveLength(1);
    expect(left(bench.now + (2 * FARTHEST_STEP + 1) * longest)).toEqual([]);
  });
});
