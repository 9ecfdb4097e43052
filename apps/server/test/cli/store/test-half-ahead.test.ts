/**
 * A store with a test half whose clock is a year ahead: neither the doctor nor a restore takes that for a clock that is wrong,
 * and a restore burns the half's codes by the half's clock.
 *
 * Seen to fail with the offset left out of `selectNewestEvent` and of `secondsIn` (store/judging/account-times.ts).
 */
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createHotpKey, DEFAULT_PARAMETERS, totp } from '@kanda/otp';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { clockFault } from '../../../src/cli/store/restored-store.ts';
import { openInstallation } from '../../../src/compose/installation.ts';
import { DATABASE_FILE } from '../../../src/compose/open-store.ts';
import { loadConfig } from '../../../src/config/load.ts';
import { CLI_ORIGIN } from '../../../src/domain/log/events.ts';
import { Secret } from '../../../src/domain/secret.ts';
import { readStoreFacts } from '../../../src/store/sqlite/examine.ts';
import { prepareRestore } from '../../../src/store/sqlite/restore.ts';

const YEAR_MS = 365 * 24 * 60 * 60 * 1000;
const SECRET = new Uint8Array(20).fill(7);
const codeAt = (time: number) => totp(createHotpKey(SECRET, 'SHA1'), time, DEFAULT_PARAMETERS);

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kanda-half-ahead-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test('is counted and judged by the clock that it has', async () => {
  const now = Date.now();
  const config = loadConfig({}, { 'data-dir': folder });
  const by = (offsetMs?: number) => ({
    at: now + (offsetMs ?? 0),
    origin: CLI_ORIGIN,
    ...(offsetMs === undefined ? {} : { offsetMs }),
  });
  const open = () => openInstallation(config, () => now);
  const first = await open();
  const password = new Secret('a sentence that no one else would write');
  const live = await first.accounts.create({ email: 'you@example.com', password }, by());
  const half = await first.testHalves.of(live, by());
  await first.store.advanceTestClock(half.id, YEAR_MS, by(0));
  const ada = { accountId: half.id, clientId: 'ada', label: 'ada', issuer: 'MyApp' };
  await first.store.registerClient({ ...ada, parameters: DEFAULT_PARAMETERS, secret: SECRET }, by(YEAR_MS));
  const validate = (store: typeof first.store, code: string) =>
    store.validate({ accountId: half.id, clientId: 'ada', code, origin: CLI_ORIGIN });
  expect(await validate(first.store, codeAt(now + YEAR_MS))).toEqual({ valid: true });
  await first.close();

  const database = join(folder, DATABASE_FILE);
  const facts = readStoreFacts(database);
  expect(facts).toMatchObject({ accounts: 1, clients: 0, clocksAhead: 0 });
  expect(facts.newestEventAt).toBe(now);
  expect(clockFault(facts.newestEventAt, now)).toBeNull();

  const copy = join(folder, 'copy.db');
  copyFileSync(database, copy);
  await prepareRestore({ path: copy, accept: () => {}, clock: () => now });
  copyFileSync(copy, database);
  const restored = await open();
  expect(await validate(restored.store, codeAt(now + YEAR_MS + 30_000))).toMatchObject({ valid: false });
  await restored.store.advanceTestClock(half.id, 10 * 60_000, by(YEAR_MS));
  expect(await validate(restored.store, codeAt(now + YEAR_MS + 10 * 60_000))).toEqual({ valid: true });
  const { data } = await restored.store.listEvents(
    half.id,
    { clientId: null, event: 'store.restored', outcome: null, from: null, to: null },
    { cursor: null, limit: 10 },
  );
  expect(data.map(({ at }) => at)).toEqual([now + YEAR_MS]);
  await restored.close();
});
