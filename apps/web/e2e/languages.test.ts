/** The dashboard in another language than English. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { allFaults } from './accessibility.ts';
import { chromiumPath, type Site, scrollsSideways, startSite } from './server.ts';
import { enrol, signedIn } from './signed-in.ts';

let site: Site;
beforeAll(async () => {
  if (chromiumPath !== null) site = await startSite();
});
afterAll(() => site?.end());

const PAGES = [
  ['', 'Übersicht'],
  ['/clients', 'Benutzer'],
  ['/clients/ada', 'ada'],
  ['/keys', 'API-Schlüssel'],
  ['/logs', 'Protokoll'],
  ['/settings/policy', 'Einstellungen'],
] as const;

describe.skipIf(chromiumPath === null)('the language of the dashboard', () => {
  test('is that of the browser, down to dates, and every page has room for it', async () => {
    const account = await signedIn(site, { locale: 'de-AT', width: 320 });
    const { page, context, faults } = account;
    await enrol(account, 'ada');
    for (const [path, heading] of PAGES) {
      await page.goto(`/dashboard${path}`);
      await page.getByRole('heading', { name: heading, level: 1 }).waitFor();
      expect(await page.locator('html').getAttribute('lang')).toBe('de');
      expect(await scrollsSideways(page), path).toBe(false);
    }
    expect(await allFaults(page)).toEqual([]);
    await page.goto('/dashboard/clients/ada');
    await page
      .getByText(/\d\d:\d\d:\d\d \(gerade eben\)/)
      .first()
      .waitFor();
    expect(faults).toEqual([]);
    await context.close();
  });

  test('can be chosen, which holds in this browser', async () => {
    const { page, context, faults } = await signedIn(site);
    await page.goto('/dashboard/settings/account');
    await page.getByRole('button', { name: 'Deutsch' }).click();
    await page.getByRole('heading', { name: 'Einstellungen', level: 1 }).waitFor();
    await page.getByRole('link', { name: 'Protokoll', exact: true }).click();
    await page.getByRole('heading', { name: 'Protokoll', level: 1 }).waitFor();
    await page.reload();
    await page.getByRole('heading', { name: 'Protokoll', level: 1 }).waitFor();
    await page.getByRole('button', { name: 'English' }).click();
    await page.getByRole('heading', { name: 'Log', level: 1 }).waitFor();
    expect(await page.locator('html').getAttribute('lang')).toBe('en');
    expect(faults).toEqual([]);
    await context.close();
  });

  test('is English when the texts of the other one do not come', async () => {
    const { page, context } = await signedIn(site, { locale: 'de-DE' });
    await page.route('**/assets/de-*.js', (route) => route.abort());
    await page.goto('/dashboard/keys');
    await page.getByRole('heading', { name: 'API keys', level: 1 }).waitFor();
    expect(await page.locator('html').getAttribute('lang')).toBe('en');
    await context.close();
  });
});
