/** The list of first steps: each tick is what the server has found, and it stays until it is dismissed. */
import { createHotpKey, DEFAULT_PARAMETERS, decodeBase32, totp } from '@kanda/otp';
import type { Page } from '@playwright/test';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { allFaults } from './accessibility.ts';
import { chromiumPath, type Site, scrollsSideways, startSite } from './server.ts';
import { enrol, PASSWORD, type SignedIn, signedIn } from './signed-in.ts';

let site: Site;
let owner: SignedIn;
let tenant: SignedIn;
beforeAll(async () => {
  if (chromiumPath === null) return;
  site = await startSite();
  owner = await signedIn(site);
  tenant = await signedIn(site);
});
afterAll(() => site?.end());

const codeOf = (secret: string, steps = 0) =>
  totp(
    createHotpKey(decodeBase32(secret), DEFAULT_PARAMETERS.algorithm),
    Date.now() + steps * 30_000,
    DEFAULT_PARAMETERS,
  );
const step = (page: Page, title: string) => page.locator('li', { hasText: title });
const isDone = async (page: Page, title: string) =>
  expect.poll(() => step(page, title).first().innerText()).toContain('Done:');
const isToDo = async (page: Page, title: string) =>
  expect.poll(() => step(page, title).first().innerText()).toContain('To do:');
const open = async ({ page }: SignedIn) => {
  await page.goto('/dashboard');
  await page.getByRole('heading', { name: /^Getting started/ }).waitFor();
};

describe.skipIf(chromiumPath === null)('getting started', () => {
  test('ticks what happened: a key, a user, a code, and a code that came with the key', async () => {
    const { page, call, context, faults } = owner;
    await context.grantPermissions(['clipboard-read', 'clipboard-write']);
    await open(owner);
    await page.getByRole('link', { name: 'Make a key' }).click();
    await page.getByLabel('Name').fill('web shop');
    await page.getByRole('button', { name: 'Make key' }).click();
    const apiKey = await page.locator('[data-shown-once]').innerText();
    await page.getByLabel('I have saved this key').check();
    await page.getByRole('button', { name: 'Done' }).click();
    await page.getByRole('link', { name: 'Overview' }).first().click();
    await isDone(page, 'Make an API key');
    await isToDo(page, 'Enrol a user');

    // The snippet has the key that was just made, masked, and this server's address.
    await page.getByRole('button', { name: 'Show the code' }).click();
    await page.getByRole('tab', { name: 'Python' }).click();
    const code = page.getByRole('region', { name: 'Kanda in Python' });
    await expect.poll(() => code.innerText()).toContain(`Kanda("${site.url}", "${apiKey.slice(0, 8)}…")`);
    expect(await page.content()).not.toContain(apiKey);
    await page.getByRole('button', { name: 'Copy code' }).click();
    await expect
      .poll(() => page.evaluate(() => navigator.clipboard.readText()))
      .toContain(`Kanda("${site.url}", "${apiKey}")`);
    expect(await allFaults(page)).toEqual([]);

    // The dashboard checks a code: that is a code, and no application.
    const secret = await enrol(owner, 'ada');
    await call('POST', '/api/totp/validate', { clientId: 'ada', token: codeOf(secret) });
    await open(owner);
    await isDone(page, 'Enrol a user');
    await isDone(page, 'Have a code accepted');
    await isToDo(page, 'Put it into your app');
    // After a reload the key is gone from the page.
    await page.getByRole('button', { name: 'Show the code' }).click();
    await page.getByText('Kanda shows a key only once').waitFor();
    // The choice of the language went along.
    await expect.poll(() => code.innerText()).toContain('kan_your_api_key_here');

    const answer = await fetch(`${site.url}/api/totp/validate`, {
      method: 'POST',
      headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
      body: JSON.stringify({ clientId: 'ada', token: codeOf(secret, 1) }),
    });
    expect(await answer.json()).toEqual({ valid: true });
    await open(owner);
    await isDone(page, 'Put it into your app');
    expect(faults).toEqual([]);
  });

  test('shows the installation to its operator alone, who ticks the copy of the master key', async () => {
    const { page } = owner;
    await open(owner);
    for (const title of ['Close registration', 'Put HTTPS in front']) await isToDo(page, title);
    await page.getByLabel(/I keep a copy of master key [0-9a-f]{8}…/).click();
    await isDone(page, 'Back up the master key');
    await open(owner);
    await isDone(page, 'Back up the master key');
    expect(await page.getByLabel(/I keep a copy/).isChecked()).toBe(true);

    await open(tenant);
    await isToDo(tenant.page, 'Protect this account');
    const text = await tenant.page.locator('main').innerText();
    expect(text).not.toMatch(/master key|registration|HTTPS/i);
    const { installation } = await tenant.call('GET', '/api/auth/getting-started');
    expect(installation).toBeNull();
  });

  test('stays until it is dismissed, in every browser, and the settings bring it back', async () => {
    const { page, email } = tenant;
    await open(tenant);
    await page.getByRole('button', { name: 'Dismiss' }).click();
    await page.getByRole('heading', { name: 'Getting started' }).waitFor({ state: 'detached' });
    const other = await site.open('/signin');
    await other.page.getByLabel('E-mail').fill(email);
    await other.page.getByLabel('Password').fill(PASSWORD);
    await other.page.getByRole('button', { name: 'Sign in' }).click();
    await other.page.getByRole('heading', { name: 'Overview' }).waitFor();
    await other.page.getByRole('navigation').getByRole('link', { name: 'Settings' }).click();
    await other.page.getByText('does not show the list of first steps').waitFor();
    expect(await other.page.getByRole('heading', { name: 'Getting started' }).count()).toBe(1);
    await other.page.getByRole('button', { name: 'Show it again' }).click();
    await other.page.getByRole('link', { name: 'Overview' }).last().click();
    await isToDo(other.page, 'Make an API key');
    await open(tenant);
    expect(other.faults).toEqual([]);
    await other.context.close();
  });

  test.each([320, 1280])('has no findings of axe and does not scroll sideways at %d px', async (width) => {
    const account = await signedIn(site, { width, theme: 'dark' });
    await open(account);
    expect(await allFaults(account.page)).toEqual([]);
    await account.page.getByRole('button', { name: 'Show the code' }).click();
    await account.page.getByRole('tab', { name: 'Go' }).click();
    expect(await allFaults(account.page)).toEqual([]);
    expect(await scrollsSideways(account.page)).toBe(false);
    await account.context.close();
  });
});
