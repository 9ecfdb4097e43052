/** What the dashboard says at a glance, and where things stand. */
import type { Locator, Page } from '@playwright/test';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { codeAt, wrongCode } from './codes.ts';
import { chromiumPath, type Site, startSite } from './server.ts';
import { enrol, signedIn } from './signed-in.ts';

let site: Site;
beforeAll(async () => {
  if (chromiumPath !== null) site = await startSite();
});
afterAll(() => site?.end());

const dialog = (page: Page) => page.getByRole('dialog').last();

describe.skipIf(chromiumPath === null)('an event', () => {
  test('in the log says why it was refused, by which key, and when to the second', async () => {
    const account = await signedIn(site);
    const secret = await enrol(account, 'user-1');
    const { apiKey } = await account.call('POST', '/api/keys', { name: 'web shop' });
    const check = (token: string) =>
      fetch(`${site.url}/api/totp/validate`, {
        method: 'POST',
        headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
        body: JSON.stringify({ clientId: 'user-1', token }),
      });
    const code = codeAt(secret, Date.now());
    for (const token of [code, code, wrongCode(secret)]) await check(token);
    const { page } = account;
    const rows = page.locator('tr[data-event]');
    for (const width of [1280, 375]) {
      await page.setViewportSize({ width, height: 800 });
      await page.goto('/dashboard/logs?event=totp.validated');
      await rows.nth(2).waitFor();
      const [wrong, replayed, right] = await rows.all();
      await wrong?.getByText('Wrong code').filter({ visible: true }).waitFor();
      await replayed?.getByText('Used before').filter({ visible: true }).waitFor();
      expect(await right?.innerText()).toMatch(/Success/);
      for (const row of await rows.all()) expect(await row.innerText()).toMatch(/\d\d:\d\d:\d\d/);
    }
    await page.setViewportSize({ width: 1280, height: 800 });
    await rows.first().getByText('web shop').waitFor();
    await rows.first().getByRole('button').click();
    await dialog(page).getByText('web shop').waitFor();
    await account.context.close();
  });

  test('on the page of its client says why, whole, and not again whose it is', async () => {
    const account = await signedIn(site, { width: 375 });
    const secret = await enrol(account, 'user-1');
    const token = codeAt(secret, Date.now());
    for (let attempt = 0; attempt < 2; attempt++)
      await account.call('POST', '/api/totp/validate', { clientId: 'user-1', token });
    const { page } = account;
    await page.goto('/dashboard/clients/user-1');
    const why = page.getByText('The code had been accepted before. Each is good once.');
    await why.waitFor();
    expect(await why.evaluate((text) => text.scrollWidth <= text.clientWidth)).toBe(true);
    expect(await page.locator('tbody').innerText()).not.toContain('user-1');
    await account.context.close();
  });
});

describe.skipIf(chromiumPath === null)('a new key', () => {
  test('says beforehand what happens when it ends, and may be one that never does', async () => {
    const account = await signedIn(site);
    const { page } = account;
    await page.goto('/dashboard/keys?new=true');
    const ends = await page.evaluate(() =>
      new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', year: 'numeric' }).format(
        Date.now() + 90 * 86_400_000,
      ),
    );
    // The default is the API's. It was 90 days here alone, and logins would have stopped one day.
    expect(await page.getByLabel('It ends').inputValue()).toBe('0');
    await page.getByText('It works until you revoke it').waitFor();
    await page.getByLabel('It ends').selectOption({ label: 'After 90 days' });
    await page.getByText(`From ${ends} on, every call with this key will be refused.`).waitFor();
    await page.getByText('14 days before, the overview and the log say so').waitFor();
    await page.getByLabel('It ends').selectOption({ label: 'Never' });
    await page.getByText('It works until you revoke it').waitFor();
    await page.getByLabel('Name').fill('without end');
    await page.getByRole('button', { name: 'Make key' }).click();
    await page.getByText('It ends when you revoke it.').waitFor();
    const { data } = (await account.call('GET', '/api/keys')) as { data: { expiresAt: string | null }[] };
    expect(data.map(({ expiresAt }) => expiresAt)).toEqual([null]);
    await account.context.close();
  });
});

describe.skipIf(chromiumPath === null)('what is where', () => {
  test('the tabs of the settings are in one row on a phone, without what needs keys', async () => {
    const account = await signedIn(site);
    const phone = await site.browser.newContext({
      baseURL: site.url,
      viewport: { width: 375, height: 800 },
      isMobile: true,
      hasTouch: true,
      storageState: await account.context.storageState(),
    });
    for (const page of [await phone.newPage(), account.page]) {
      await page.setViewportSize({ width: 375, height: 800 });
      await page.goto('/dashboard/settings/policy');
      const tabs = page.getByRole('navigation', { name: 'Settings' }).getByRole('link');
      await tabs.first().waitFor();
      const visible = await tabs.filter({ visible: true }).all();
      expect(visible).toHaveLength(page === account.page ? 6 : 5);
      const tops = await Promise.all(visible.map(async (tab) => (await tab.boundingBox())?.y));
      expect(new Set(tops).size).toBe(1);
    }
    await account.page.getByText('skew', { exact: true }).waitFor();
    await phone.close();
    await account.context.close();
  });

  test('a page that is not there begins where the others do; a title is in line with its cross', async () => {
    const account = await signedIn(site);
    const { page } = account;
    const place = async (path: string) => {
      await page.goto(path);
      return page.getByRole('heading', { level: 1 }).boundingBox();
    };
    const other = await place('/dashboard/settings/sessions');
    const missing = await place('/dashboard/nowhere');
    expect([missing?.x, missing?.y]).toEqual([other?.x, other?.y]);

    await page.goto('/dashboard/keys?new=true');
    const middle = async (part: Locator) => {
      const { y, height } = (await part.boundingBox()) ?? expect.fail('it is not to be seen');
      return y + height / 2;
    };
    const title = await middle(dialog(page).getByText('New API key', { exact: true }));
    const cross = await middle(dialog(page).getByRole('button', { name: 'Close' }));
    expect(Math.abs(title - cross)).toBeLessThanOrEqual(0.5);
    await account.context.close();
  });
});
