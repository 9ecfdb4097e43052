/** The dashboard of a test half: another colour, a banner, keys and users of its own. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { chromiumPath, type Site, startSite } from './server.ts';
import { enrol, signedIn } from './signed-in.ts';

let site: Site;
beforeAll(async () => {
  if (chromiumPath !== null) site = await startSite();
});
afterAll(() => site?.end());

describe.skipIf(chromiumPath === null)('the halves of an account', () => {
  test('are switched, and neither shows what is of the other', async () => {
    const account = await signedIn(site);
    await enrol(account, 'a-real-user');
    const { page } = account;
    await page.goto('/dashboard/clients');
    await page.getByText('a-real-user').first().waitFor();
    const accent = () =>
      page.evaluate(() => getComputedStyle(document.documentElement).getPropertyValue('--accent').trim());
    const live = await accent();
    await page.getByRole('button', { name: 'Test half' }).click();
    await page.getByText('Made-up users, and a clock of its own.').waitFor();
    expect(await accent()).not.toBe(live);

    await page.goto('/dashboard/clients');
    await page.getByText('Made-up users, and a clock of its own.').waitFor();
    expect(await page.getByText('a-real-user').count()).toBe(0);
    await page.goto('/dashboard/keys?new=true');
    await page.getByRole('dialog', { name: 'New test key' }).waitFor();
    await page.getByLabel('Name').fill('ci');
    await page
      .getByRole('dialog')
      .getByRole('button', { name: /make|create/i })
      .click();
    await page
      .getByText(/kan_test_[a-z2-7]{16}_/)
      .first()
      .waitFor();
    await page.goto('/dashboard/logs');
    await page.locator('tr[data-event]').first().waitFor();
    await page.getByText('Test half made').filter({ visible: true }).first().waitFor();

    await page.getByRole('button', { name: 'Back to live' }).click();
    await page.goto('/dashboard/keys');
    await page.getByText('No keys.').waitFor();
    expect(await page.getByText('Made-up users').count()).toBe(0);
    await page.goto('/dashboard/clients');
    await page.getByText('a-real-user').first().waitFor();
    await account.context.close();
  });
});
