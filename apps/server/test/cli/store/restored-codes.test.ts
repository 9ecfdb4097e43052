import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { createHotpKey, formatCode, hotp, stepAt } from '@kanda/otp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { endAll, temporaryFolder } from '../../../../../test/support/kanda-process.ts';
import { type Installation, openInstallation } from '../../../src/compose/installation.ts';
import { loadConfig } from '../../../src/config/load.ts';
import type { Change } from '../../../src/domain/change.ts';
import { Secret } from '../../../src/domain/secret.ts';
import { DEFAULT_POLICY, POLICY_BOUNDS } from '../../../src/domain/verdicts/policy.ts';
import { raiseWatermarks } from '../../../src/store/sqlite/raise-watermarks.ts';
import { PASSWORD } from '../lib/run-kanda.ts';

/** The moment of the restore, in the middle of a step of every period. */
const RESTORED_AT = Date.UTC(2026, 5, 1, 12, 0, 0) + 7_000;
let now = RESTORED_AT;
let installation: Installation;
let accountId: number;
let path: string;

const change = (): Change => ({
  at: now,
  origin: { actor: 'test', ip: null, userAgent: null, requestId: null },
});

beforeAll(async () => {
  const dataDir = temporaryFolder();
  path = join(dataDir, 'kanda.db');
  installation = await openInstallation(loadConfig({}, { 'data-dir': dataDir }), () => now);
  const credentials = { email: 'owner@example.com', password: new Secret(PASSWORD) };
  accountId = (await installation.accounts.register(credentials, change())).id;
});
afterAll(async () => {
  await installation.close();
  await endAll();
});

/** Enrols a client; gives the code of a step and asks whether it is accepted. */
async function enrol(clientId: string, period: number) {
  const secret = Buffer.from(clientId.padEnd(20, '.'));
  await installation.store.registerClient(
    {
      accountId,
      clientId,
      label: 'l',
      issuer: 'i',
      parameters: { algorithm: 'SHA1', digits: 6, period },
      secret,
    },
    change(),
  );
  const key = createHotpKey(secret, 'SHA1');
  return async (step: number): Promise<boolean> => {
    const code = formatCode(hotp(key, step, 6), 6);
    return (await installation.store.validate({ accountId, clientId, code, origin: change().origin })).valid;
  };
}

function behindTheStore(sql: string): unknown[] {
  const sqlite = new DatabaseSync(path);
  try {
    return sqlite.prepare(sql).all();
  } finally {
    sqlite.close();
  }
}

/** Raises the watermarks as a restore does, through a connection of its own. */
function raise(at: number): number {
  const sqlite = new DatabaseSync(path);
  try {
    return raiseWatermarks(sqlite, at);
  } finally {
    sqlite.close();
  }
}

describe('after watermarks were raised', () => {
  test.each([15, 30, 60, 300])(
    'with a period of %i s, no code that was shown before is accepted at any later time, and the next one is',
    async (period) => {
      now = RESTORED_AT;
      const isAccepted = await enrol(`period-${period}`, period);
      const current = stepAt(now, period);
      raise(now);
      const accepted: number[] = [];
      // From the restore until the codes are out of every window, also on a phone whose clock is ahead.
      for (let later = 0; later <= 3; later++) {
        now = RESTORED_AT + later * period * 1000;
        for (const step of [current - 1, current, current + 1]) {
          if (await isAccepted(step)) accepted.push(step);
        }
        await installation.store.unlockClient(accountId, `period-${period}`, change());
      }
      expect(accepted).toEqual([]);
      // The first code beyond every window is accepted as soon as it lies in this account's, and so when it is shown.
      now = RESTORED_AT + 2 * period * 1000;
      expect(await isAccepted(current + 2)).toBe(false);
      expect(await isAccepted(current + 3)).toBe(true);
    },
  );

  test('without them, the same codes are accepted: it is this that refuses them', async () => {
    now = RESTORED_AT;
    const isAccepted = await enrol('not-raised', 30);
    expect(await isAccepted(stepAt(now, 30))).toBe(true);
    expect(await isAccepted(stepAt(now, 30) + 1)).toBe(true);
  });

  test('a code accepted after the backup under a wider window than the backup knows is burnt', async () => {
    now = RESTORED_AT;
    const isAccepted = await enrol('widened', 30);
    const ahead = stepAt(now, 30) + POLICY_BOUNDS.skew.most;
    const backedUp = behindTheStore('select * from authenticator_state')[0] as { watermark: number };
    const widest = { ...DEFAULT_POLICY, skew: POLICY_BOUNDS.skew.most };
    await installation.store.setPolicy(accountId, widest, change());
    expect(await isAccepted(ahead)).toBe(true);
    // The store as the backup has it.
    behindTheStore(`update authenticator_state set watermark = ${backedUp.watermark}`);
    behindTheStore('update account set policy = null');
    raise(now);
    now += 30_000;
    expect(await isAccepted(ahead)).toBe(false);
  });

  test('a first code that confirmed after the backup, by the widest window, confirms nothing', async () => {
    now = RESTORED_AT;
    const secret = Buffer.from('pending.............');
    const parameters = { algorithm: 'SHA1', digits: 6, period: 30 } as const;
    const client = { accountId, clientId: 'pending', label: 'l', issuer: 'i', parameters, secret };
    await installation.store.registerClient({ ...client, pendingUntil: now + 900_000 }, change());
    const widest = POLICY_BOUNDS.confirmSkew.most;
    await installation.store.setPolicy(accountId, { ...DEFAULT_POLICY, confirmSkew: widest }, change());
    raise(now);
    const ahead = stepAt(now, 30) + widest;
    const code = formatCode(hotp(createHotpKey(secret, 'SHA1'), ahead, 6), 6);
    const confirm = () =>
      installation.store.confirmAuthenticator(
        { accountId, clientId: 'pending', number: null, code },
        change(),
      );
    expect(await confirm()).toMatchObject({ confirmed: false });
    now += 3 * 30_000;
    expect(await confirm()).toMatchObject({ confirmed: false });
  });

  test('a watermark that is already higher stays, and is not counted', async () => {
    now = RESTORED_AT;
    const isAccepted = await enrol('ahead', 30);
    expect(raise(RESTORED_AT + 600_000)).toBeGreaterThan(0);
    expect(raise(RESTORED_AT)).toBe(0);
    now = RESTORED_AT + 540_000;
    expect(await isAccepted(stepAt(now, 30))).toBe(false);
  });

  test('ten counters of a hardware token are skipped at each restore, since those used after the backup are not known', async () => {
    now = RESTORED_AT;
    const isAccepted = await enrol('token', 0);
    expect(await isAccepted(4)).toBe(true);
    raise(now);
    for (const counter of [5, 14]) expect(await isAccepted(counter)).toBe(false);
    expect(await isAccepted(15)).toBe(true);
  });
});
