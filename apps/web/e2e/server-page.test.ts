/** The operator's page: facts, what is wrong, and what to do. */
import { mkdirSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { LAST_BACKUP_FILE } from '../../server/src/background/last-backup.ts';
import { kanda } from '../../server/test/cli/lib/run-kanda.ts';
import { allFaults } from './accessibility.ts';
import { chromiumPath, type Site, scrollsSideways, startSite } from './server.ts';
import { type SignedIn, signedIn } from './signed-in.ts';

/** Set to a folder: what was seen is written there. */
const SHOTS = process.env.KANDA_SHOTS;

let site: Site;
beforeAll(async () => {
  if (chromiumPath === null) return;
  site = await startSite();
  // The first account of a server that only its own machine reaches is an operator.
  await (await signedIn(site)).context.close();
});
afterAll(() => site?.end());

async function operator(): Promise<SignedIn> {
  const account = await signedIn(site);
  const { code, stderr } = await kanda([
    'account',
    'operator',
    '--email',
    account.email,
    '--data-dir',
    site.kanda.dataDir,
  ]);
  expect({ code, stderr }).toMatchObject({ code: 0 });
  // What is known of the session is confirmed once a second.
  await expect.poll(async () => (await account.call('GET', '/api/auth/me')).operator).toBe(true);
  return account;
}

describe.skipIf(chromiumPath === null)('the page for operators', () => {
  test('is in no other account: no entry, no page, no answer', async () => {
    const { page, faults } = await signedIn(site);
    await page.goto('/dashboard');
    await page.getByRole('heading', { name: 'Overview' }).waitFor();
    expect(await page.getByRole('link', { name: 'Server' }).count()).toBe(0);
    await page.goto('/dashboard/server');
    await page.getByText('There is nothing at this path').first().waitFor();
    expect(faults).toEqual([]);
  });

  test('says what is fine and what to do, in both themes and at every width, without a fault of axe', async () => {
    const { page, faults } = await operator();
    await page.goto('/dashboard');
    await page.getByRole('link', { name: 'Server' }).click();
    await page.getByRole('heading', { name: 'Server', level: 1 }).waitFor();
    const todo = page.getByRole('table', { name: 'To do, problems first, problems first' });
    await todo.getByText('Last backup').waitFor();
    await todo.getByText(/kanda-backup\.timer/).waitFor();
    const fine = page.getByRole('table', { name: 'What is fine' });
    for (const check of [
      'Version',
      'Store',
      'Disk space',
      'Workers',
      'Codes and clock',
      'Log',
      'Checkpoints',
    ]) {
      await fine.getByText(check, { exact: true }).waitFor();
    }
    await fine.getByText('Clock and this browser').waitFor();
    await page.getByRole('status').getByText('1 to look at.').waitFor();
    if (SHOTS !== undefined) mkdirSync(SHOTS, { recursive: true });
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      for (const width of [320, 768, 1280, 1920]) {
        await page.setViewportSize({ width, height: 900 });
        expect(await scrollsSideways(page)).toBe(false);
        expect(await allFaults(page)).toEqual([]);
        if (SHOTS !== undefined)
          await page.screenshot({ path: `${SHOTS}/server-${colorScheme}-${width}.png`, fullPage: true });
      }
    }
    expect(faults).toEqual([]);
  });

  test('follows what is done: a backup, and another one a day later', async () => {
    const { page } = await operator();
    await page.goto('/dashboard/server');
    await page.getByText('1 to look at.').waitFor();
    const backup = (name: string) =>
      kanda(['backup', `${site.kanda.dataDir}/../${name}`, '--data-dir', site.kanda.dataDir]);
    expect((await backup(`first-${Date.now()}.db`)).code).toBe(0);
    const yesterday = new Date(Date.now() - 24 * 3_600_000);
    utimesSync(join(site.kanda.dataDir, LAST_BACKUP_FILE), yesterday, yesterday);
    expect((await backup(`second-${Date.now()}.db`)).code).toBe(0);
    await expect
      .poll(async () => {
        await page.getByRole('button', { name: 'Check again' }).click();
        return page.getByRole('status').first().innerText();
      })
      .toBe('All is well.');
    await page.getByText(/expected at .* as the last two were 24 h apart/).waitFor();
  });
});
