/** A client whose codes are refused after the server's clock was ahead: shown with its way out. */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { temporaryFolder } from '../../../test/support/kanda-process.ts';
import { findLibfaketime, MovableClock } from '../../../test/support/movable-clock.ts';
import { allFaults } from './accessibility.ts';
import { codeAt } from './codes.ts';
import { chromiumPath, type Site, scrollsSideways, startSite } from './server.ts';
import { enrol, type SignedIn, signedIn } from './signed-in.ts';

/** Less than a log-in lasts. */
const AHEAD_SECONDS = 1_800;
const STEP_SECONDS = 30;
const libfaketime = findLibfaketime();

let site: Site;
let clock: MovableClock;
beforeAll(async () => {
  if (chromiumPath === null || libfaketime === null) return;
  clock = new MovableClock(join(temporaryFolder(), 'clock'));
  site = await startSite({ env: clock.variables(libfaketime) });
});
afterAll(() => site?.end());

test.skipIf(chromiumPath === null || libfaketime === null)(
  'a client whose code was accepted by a clock that was ahead is helped from its page',
  async () => {
    const account = await signedIn(site);
    const secret = await enrol(account, 'user-1');
    await moveClock(AHEAD_SECONDS);
    expect(await isAccepted(account, secret, AHEAD_SECONDS)).toBe(true);
    await moveClock(0);
    expect(await isAccepted(account, secret, 0)).toBe(false);

    const { page } = account;
    await page.goto('/dashboard/clients/user-1');
    await page.getByText('Right codes are refused until').waitFor();
    expect(await allFaults(page)).toEqual([]);
    await page.setViewportSize({ width: 320, height: 800 });
    expect(await scrollsSideways(page)).toBe(false);
    await page.getByRole('button', { name: 'Reset clock' }).click();
    await page.getByRole('dialog').last().getByRole('button', { name: 'Reset clock' }).click();
    await page.getByText('user-1 can use codes again.', { exact: true }).waitFor();
    await page.getByText('Right codes are refused until').waitFor({ state: 'detached' });
    // What the widest window reaches stays burnt; the codes after it are good.
    const later = 4 * STEP_SECONDS;
    await moveClock(later);
    expect(await isAccepted(account, secret, later)).toBe(true);
    expect(account.faults).toEqual([]);
    await account.context.close();
  },
);

/** Resolves when the server's clock is that many seconds ahead. */
async function moveClock(seconds: number): Promise<void> {
  clock.move(seconds);
  for (;;) {
    const { headers } = await fetch(`${site.url}/healthz`);
    const ahead = Date.parse(headers.get('date') ?? '') - Date.now();
    if (Math.abs(ahead - seconds * 1_000) < 5_000) return;
    await sleep(200);
  }
}

/** Whether the code that a phone will show in `seconds` is accepted. */
async function isAccepted(account: SignedIn, secret: string, seconds: number): Promise<unknown> {
  const token = codeAt(secret, Date.now() + seconds * 1_000);
  return (await account.call('POST', '/api/totp/validate', { clientId: 'user-1', token })).valid;
}
