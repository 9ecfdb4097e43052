/** What the dashboard does with links: makes, lists and cancels them, and sets how their pages look. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { allFaults } from './accessibility.ts';
import { codeAt } from './codes.ts';
import { blankPng } from './qr-png.ts';
import { chromiumPath, type Site, scrollsSideways, startSite } from './server.ts';
import { enrol, type SignedIn, signedIn } from './signed-in.ts';

let site: Site;
beforeAll(async () => {
  if (chromiumPath !== null) site = await startSite();
});
afterAll(() => site?.end());

/** Fills in the open form, and gives the URL that is shown once. */
async function makeLink({ page }: SignedIn, fill: () => Promise<void> = async () => {}): Promise<string> {
  const form = page.getByRole('dialog', { name: 'Send a link' });
  await form.waitFor();
  await fill();
  await form.getByRole('button', { name: 'Make link' }).click();
  const shown = page.getByRole('dialog', { name: 'Your new link' });
  const url = await shown.locator('[data-shown-once]').innerText();
  expect(url).toMatch(new RegExp(`^${site.url}/l/`));
  expect(await allFaults(page)).toEqual([]);
  await shown.getByLabel('I have copied this link').check();
  await shown.getByRole('button', { name: 'Done' }).click();
  await shown.waitFor({ state: 'hidden' });
  expect(await page.content()).not.toContain(url);
  return url;
}

describe.skipIf(chromiumPath === null)('links in the dashboard', () => {
  test('enrol a user whom no one has enrolled yet', async () => {
    const account = await signedIn(site);
    const { page } = account;
    await page.goto('/dashboard/clients');
    await page.getByRole('button', { name: 'Send a link' }).click();
    const url = await makeLink(account, async () => {
      const form = page.getByRole('dialog');
      await form.getByRole('button', { name: 'Make link' }).click();
      // The form's own check: nothing was sent.
      expect(await form.getByLabel('User ID').evaluate((field) => field.matches(':invalid'))).toBe(true);
      await form.getByLabel('User ID').fill('user-1');
      await form.getByLabel('Issuer').fill('MyApp');
      await form.getByLabel('Language of the page').selectOption('de');
    });

    await page.goto('/dashboard/clients/user-1');
    const rows = page.getByRole('list', { name: 'Open links of user-1' }).getByRole('listitem');
    await rows.first().waitFor();
    expect(await rows.allInnerTexts()).toEqual([expect.stringMatching(/Enrol lnk_\d+[\s\S]*in \d+ h/)]);

    const user = await site.open(null, { javaScript: false });
    await user.page.goto(url);
    expect(await user.page.locator('html').getAttribute('lang')).toBe('de');
    await user.page.locator('button.button').click();
    const secret = (await user.page.locator('.key').innerText()).replaceAll(/\s/g, '');
    await user.page.locator('input[name="code"]').fill(codeAt(secret, Date.now()));
    await user.page.locator('input[name="code"]').press('Enter');
    await user.page.locator('.codes').waitFor();
    // The link leads nowhere afterwards.
    expect(await user.page.locator('main a').count()).toBe(0);
    await user.context.close();

    await page.reload();
    await page.getByText('None is open.').waitFor();
    const log = page
      .getByRole('region', { name: 'Events' })
      .or(page.locator('section', { hasText: 'Events' }));
    await log.getByText('Link completed').first().waitFor();
    expect(account.faults).toEqual([]);
    await account.context.close();
  });

  test('are for a new phone or a code where the user is enrolled, and can be cancelled', async () => {
    const account = await signedIn(site, { width: 320 });
    const { page } = account;
    await enrol(account, 'user-1');
    await page.goto('/dashboard/clients/user-1');
    await page.getByRole('button', { name: 'Send a link' }).click();
    const form = page.getByRole('dialog');
    expect(await form.getByRole('radio').count()).toBe(2);
    expect(await allFaults(page)).toEqual([]);
    const url = await makeLink(account, () => form.getByLabel('Ask for a code').check());
    const rows = page.getByRole('list', { name: 'Open links of user-1' }).getByRole('listitem');
    await rows.first().waitFor();
    expect(await rows.first().innerText()).toContain('Ask for a code');
    expect(await scrollsSideways(page)).toBe(false);
    expect(await allFaults(page)).toEqual([]);
    expect((await fetch(url)).status).toBe(200);
    await page.getByRole('button', { name: /^Cancel link lnk_/ }).click();
    await page.getByText('None is open.').waitFor();
    expect((await fetch(url)).status).toBe(410);
    expect(account.faults).toEqual([]);
    await account.context.close();
  });

  test('lead to pages whose name, logo, colour and ways back are set', async () => {
    const account = await signedIn(site);
    const { page } = account;
    await page.goto('/dashboard/settings/pages');
    await page.getByLabel('Name').fill('Kaffeerösterei');
    const accent = page.getByLabel('Accent', { exact: true });
    await accent.fill('#ffd400');
    await page.getByText('Contrast with white 1.4 : 1. Too light').waitFor();
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('alert').waitFor();
    await accent.fill('#7a1f5c');
    await page.getByText(/Contrast with white 9\.\d : 1\. Readable/).waitFor();
    await page
      .getByLabel('Logo')
      .setInputFiles({ name: 'logo.png', mimeType: 'image/png', buffer: blankPng(20, 20) });
    await page.getByRole('img', { name: 'The logo' }).waitFor();
    await page.getByLabel('Return origins').fill('https://app.example.com\nhttps://app.example.com/path');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('https://app.example.com/path must be an origin').waitFor();
    await page.getByLabel('Return origins').fill('https://app.example.com\n\n');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Saved. Links that are open').first().waitFor();
    expect(await allFaults(page)).toEqual([]);
    expect(await account.call('GET', '/api/hosted-pages')).toMatchObject({
      name: 'Kaffeerösterei',
      accent: '#7a1f5c',
      logo: expect.stringMatching(/^data:image\/png;base64,/),
      returnOrigins: ['https://app.example.com'],
    });

    const body = { clientId: 'user-1', purpose: 'enrol', returnUrl: 'https://app.example.com/done' };
    const { url } = await account.call('POST', '/api/totp/links', body);
    const user = await site.open(null);
    await user.page.goto(String(url));
    expect(await user.page.title()).toContain('Kaffeerösterei');
    expect(
      await user.page.locator('header img').evaluate((image: HTMLImageElement) => image.naturalWidth),
    ).toBe(20);
    const colour = await user.page
      .locator('button.button')
      .evaluate((button) => getComputedStyle(button).backgroundColor);
    expect(colour).toBe('rgb(122, 31, 92)');
    expect(user.faults).toEqual([]);
    await user.context.close();
    await account.context.close();
  });
});
