/**
 * What the next person at the machine finds with the Back button. Playwright switches off what keeps a page as it was left, so
 * one browser is started with it; the events of it are also sent by hand, as `no-store` keeps these pages out of it.
 */
import { chromium, type Page } from '@playwright/test';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { chromiumPath, type Site, startSite } from './server.ts';
import { enrol, PASSWORD, signedIn } from './signed-in.ts';

let site: Site;
beforeAll(async () => {
  if (chromiumPath !== null) site = await startSite();
});
afterAll(() => site?.end());

const happen = (page: Page, name: 'pagehide' | 'pageshow') =>
  page.evaluate((type) => {
    dispatchEvent(new PageTransitionEvent(type, { persisted: true }));
  }, name);

const isShown = (page: Page) => page.getByText('user-put-away').first().isVisible();

/** Resolves when the page that was there is no more. */
const isNew = (page: Page) => page.waitForFunction(() => !('before' in window));
const mark = (page: Page) => page.evaluate(() => Object.assign(window, { before: true }));

describe.skipIf(chromiumPath === null)('Back, after a sign-out', () => {
  test('shows neither password nor data', async () => {
    const account = await signedIn(site);
    await enrol(account, 'user-of-the-first');
    const browser = await chromium.launch({
      ...(chromiumPath === null ? {} : { executablePath: chromiumPath }),
      ignoreDefaultArgs: ['--disable-back-forward-cache'],
      args: ['--no-sandbox', '--disable-gpu'],
    });
    const page = await (await browser.newContext({ baseURL: site.url })).newPage();
    await page.goto('/docs');
    await page.goto('/signin?next=/dashboard/clients');
    await page.getByLabel('E-mail').fill(account.email);
    await page.getByLabel('Password').fill(PASSWORD);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByText('user-of-the-first').first().waitFor();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.waitForURL('**/signin');
    await page.goBack({ waitUntil: 'commit' });
    await page.waitForURL('**/docs', { waitUntil: 'commit' });
    expect(await page.getByText('user-of-the-first').count()).toBe(0);
    await browser.close();
    await account.context.close();
  });

  test('finds the page of the dashboard emptied before it was left', async () => {
    const account = await signedIn(site);
    const { page } = account;
    await page.goto('/dashboard/clients');
    await page.evaluate(() => {
      addEventListener('pagehide', () => sessionStorage.setItem('left', document.body.innerText.trim()));
    });
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.waitForURL('**/signin');
    expect(await page.evaluate(() => sessionStorage.getItem('left'))).toBe('');
    await account.context.close();
  });

  test('leaves a page that was put away while another tab signed out', async () => {
    const account = await signedIn(site);
    await enrol(account, 'user-put-away');
    const { page } = account;
    await page.goto('/dashboard/clients');
    await page.getByText('user-put-away').first().waitFor();
    await happen(page, 'pagehide');
    expect(await isShown(page)).toBe(false);
    // Still signed in: the page comes back.
    await happen(page, 'pageshow');
    await page.getByText('user-put-away').first().waitFor();
    await happen(page, 'pagehide');
    await account.call('POST', '/api/auth/logout');
    // A page's own changes send it no event, just as those of other tabs while it is put away.
    await page.evaluate(() => {
      localStorage.removeItem('kanda-signed-in');
      localStorage.setItem('kanda-signed-out', String(Date.now()));
    });
    await happen(page, 'pageshow');
    await page.waitForURL('**/signin');
    await account.context.close();
  });
});

describe.skipIf(chromiumPath === null)('a sign-in that is left', () => {
  test.each(['/signin', '/signup'])(
    '%s has empty fields, and begins anew when it is shown again',
    async (path) => {
      const { page, context } = await site.open(path);
      await page.getByLabel('E-mail').fill('first@example.com');
      await page.getByLabel('Password').fill(PASSWORD);
      await mark(page);
      await happen(page, 'pagehide');
      expect(
        await page
          .locator('input')
          .evaluateAll((all) => all.map((input) => (input as HTMLInputElement).value)),
      ).toEqual(['', '']);
      await happen(page, 'pageshow');
      await isNew(page);
      await context.close();
    },
  );
});

describe.skipIf(chromiumPath === null)('a page whose session has become that of another account', () => {
  test('sends nothing as the other account', async () => {
    const account = await signedIn(site);
    const other = await signedIn(site);
    const { page } = account;
    await page.goto('/dashboard/keys?new=true');
    await page.getByLabel('Name').fill('key of the first');
    // As another tab does a moment before its note of it comes.
    await account.context.clearCookies();
    await account.context.addCookies(await other.context.cookies());
    await mark(page);
    await page.getByRole('button', { name: 'Make key' }).click();
    await isNew(page);
    await page.getByText(other.email).first().waitFor();
    expect((await other.call('GET', '/api/keys')).data).toEqual([]);
    await account.context.close();
    await other.context.close();
  });

  test('is dropped when its playground has signed in as the other account', async () => {
    const account = await signedIn(site);
    const other = await signedIn(site);
    const { page } = account;
    await page.goto('/dashboard/playground');
    await page.getByLabel('Call', { exact: true }).selectOption('logIn');
    await page
      .getByLabel('Body')
      .fill(JSON.stringify({ email: other.email, password: PASSWORD, session: 'cookie' }));
    await mark(page);
    await page.getByRole('button', { name: 'Send POST' }).click();
    await isNew(page);
    await page.getByText(other.email).first().waitFor();
    await account.context.close();
    await other.context.close();
  });
});
