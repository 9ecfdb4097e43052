/** Ctrl-K: the way to any user, key, page and document. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { allFaults } from './accessibility.ts';
import { chromiumPath, type Site, scrollsSideways, startSite } from './server.ts';
import { enrol, type SignedIn, signedIn } from './signed-in.ts';

let site: Site;
let account: SignedIn;
beforeAll(async () => {
  if (chromiumPath === null) return;
  site = await startSite();
  account = await signedIn(site);
  for (const clientId of ['ada', 'ada-lovelace', 'ada/ü 1', 'grace']) await enrol(account, clientId);
  await account.call('POST', '/api/keys', { name: 'web shop' });
});
afterAll(() => site?.end());

const options = ({ page }: SignedIn) => page.getByRole('option');
const type = async ({ page }: SignedIn, words: string) => {
  await page.getByRole('dialog').getByRole('combobox').fill(words);
  await expect
    .poll(() => page.getByRole('dialog').getByRole('status').innerText())
    .not.toContain('Searching');
};

describe.skipIf(chromiumPath === null)('Ctrl-K', () => {
  test('leads to a user, also to one with a foreign name, found by the server by the beginning of its ID', async () => {
    const { page, faults } = account;
    await page.goto('/dashboard');
    await page.getByRole('heading', { name: 'Overview' }).waitFor();
    await page.keyboard.press('Control+k');
    // Its script comes now: the field has the focus when it is there.
    await page.getByRole('dialog').getByRole('combobox').waitFor();
    await expect
      .poll(() => page.evaluate(() => document.activeElement?.getAttribute('role')))
      .toBe('combobox');
    expect(await options(account).first().innerText()).toContain('Overview');
    await type(account, 'ada');
    const users = page.getByRole('group', { name: 'Users' }).getByRole('option');
    expect(await users.count()).toBe(3);
    // The newest come first in the list of users; here the one with this very ID does.
    expect(await users.first().innerText()).toMatch(/^ada\s/);
    expect(await page.getByRole('option', { name: 'grace' }).count()).toBe(0);
    // The active option is the one that the field names.
    const named = () =>
      page.evaluate(() => {
        const id = document.activeElement?.getAttribute('aria-activedescendant') ?? '';
        const option = document.getElementById(id);
        return option?.getAttribute('aria-selected') === 'true' ? option.textContent : null;
      });
    const first = await named();
    await page.keyboard.press('ArrowDown');
    expect(await named()).not.toBe(first);
    await page.keyboard.press('ArrowUp');
    expect(await named()).toBe(first);
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/dashboard\/clients\/ada/);
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await expect.poll(() => page.evaluate(() => document.activeElement?.tagName)).toBe('H1');

    await page.keyboard.press('Control+k');
    await type(account, 'ada/ü');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'ada/ü 1' }).waitFor();
    expect(faults).toEqual([]);
  });

  test('leads to a key, a page and a document', async () => {
    const { page } = account;
    await page.goto('/dashboard/logs');
    await page.getByRole('heading', { name: 'Log' }).waitFor();
    // Also while something is typed.
    await page.keyboard.press('/');
    await page.keyboard.press('Control+k');
    await type(account, 'web sh');
    await page.getByRole('group', { name: 'API keys' }).getByRole('option', { name: 'web shop' }).click();
    await page.waitForURL(/\/dashboard\/keys\/[\w-]+$/);
    await page.keyboard.press('Control+k');
    await type(account, 'sessions');
    await page.keyboard.press('Enter');
    await page.waitForURL('**/dashboard/settings/sessions');
    await page.keyboard.press('Control+k');
    await type(account, 'nginx');
    await page.getByRole('group', { name: 'Documentation' }).getByRole('option').first().click();
    await page.waitForURL('**/docs/**');
    await page.goBack();
    await page.getByRole('heading', { name: 'Settings' }).waitFor();
  });

  // The list's page has the newest, and the oldest of many that begin alike is not in it.
  test('leads to the user with this very ID when many newer ones match, and an operator to the server', async () => {
    const { page } = account;
    for (let each = 0; each < 52; each++) await enrol(account, `grace-${each}`);
    await page.goto('/dashboard');
    await page.getByRole('heading', { name: 'Overview' }).waitFor();
    await page.keyboard.press('Control+k');
    await type(account, 'grace');
    const users = page.getByRole('group', { name: 'Users' }).getByRole('option');
    expect(await users.first().innerText()).toMatch(/^grace\s/);
    await type(account, 'server');
    await options(account).first().click();
    await page.waitForURL('**/dashboard/server');
  });

  test('shows the users of the half that the page shows, and ? lists the keys', async () => {
    const { page } = account;
    await page.goto('/dashboard');
    await page.getByRole('button', { name: 'Test half' }).click();
    await page.getByText('Made-up users').waitFor();
    await page.keyboard.press('Control+k');
    await type(account, 'ada');
    expect(await page.getByRole('group', { name: /^Users/ }).count()).toBe(0);
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await page.keyboard.press('?');
    await page.getByRole('dialog', { name: 'Keys' }).getByText('Go to a user, an API key').waitFor();
    // Not over a dialog.
    await page.keyboard.press('Control+k');
    expect(await page.getByRole('combobox', { name: 'Go to' }).count()).toBe(0);
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Back to live' }).click();
  });

  test('says what could not be searched, and finds the rest', async () => {
    const { page } = account;
    await page.goto('/dashboard');
    await page.getByRole('heading', { name: 'Overview' }).waitFor();
    await page.route(/\/api\/totp\/clients\?q=/, (route) => route.abort());
    await page.keyboard.press('Control+k');
    await page.getByRole('dialog').getByRole('combobox').fill('web');
    await page.getByText("Users could not be searched. Can't reach the server.").waitFor();
    await page.getByRole('option', { name: 'web shop' }).waitFor();
    await page.unroute(/\/api\/totp\/clients\?q=/);
  });

  test.each([
    [320, 'light'],
    [320, 'dark'],
    [1280, 'light'],
    [1280, 'dark'],
  ] as const)('has no findings of axe at %d px, %s, and opens by a button', async (width, theme) => {
    const other = await signedIn(site, { width, theme });
    const { page } = other;
    await enrol(other, 'ada-of-the-very-long-name'.repeat(5));
    await page.goto('/dashboard');
    await page
      .getByRole('button', { name: /^Go to/ })
      .filter({ visible: true })
      .click();
    await page.getByRole('dialog').getByRole('combobox').waitFor();
    expect(await allFaults(page)).toEqual([]);
    await type(other, 'a');
    expect(await scrollsSideways(page)).toBe(false);
    expect(await page.getByRole('dialog').evaluate((box) => box.scrollWidth > box.clientWidth)).toBe(false);
    expect(await allFaults(page)).toEqual([]);
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await expect
      .poll(() =>
        page.evaluate(() => document.activeElement?.textContent ?? document.activeElement?.ariaLabel),
      )
      .toMatch(/Go to|^$/);
    await other.context.close();
  });
});
