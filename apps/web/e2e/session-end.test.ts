/**
 * A session that ends while something is typed. Each was seen to fail while the page went to the sign-in instead: the
 * form was gone, and nothing said why.
 */
import type { Page } from '@playwright/test';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { allFaults } from './accessibility.ts';
import { codeAt } from './codes.ts';
import { chromiumPath, type Site, startSite } from './server.ts';
import { PASSWORD, type SignedIn, signedIn } from './signed-in.ts';

let site: Site;
beforeAll(async () => {
  if (chromiumPath !== null) site = await startSite();
});
afterAll(() => site?.end());

/** As the list of sessions does it in another browser. */
async function endSession({ email, call }: SignedIn, second: object = {}): Promise<void> {
  const { data } = (await call('GET', '/api/auth/sessions')) as unknown as {
    data: { id: string; current: boolean }[];
  };
  const answer = await fetch(`${site.url}/api/auth/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ email, password: PASSWORD, ...second }),
  });
  const { token } = (await answer.json()) as { token: string };
  for (const { id } of data.filter(({ current }) => current)) {
    const ended = await fetch(`${site.url}/api/auth/sessions/${id}`, {
      method: 'DELETE',
      headers: { authorization: `Bearer ${token}` },
    });
    expect(ended.status).toBe(204);
  }
}

const over = (page: Page) => page.getByRole('dialog', { name: 'Sign in again' });

async function signInOver(page: Page): Promise<void> {
  await over(page).getByLabel('Your password').fill(PASSWORD);
  await over(page).getByRole('button', { name: 'Sign in' }).click();
  await over(page).waitFor({ state: 'detached' });
}

/** A form, what is typed into it, and what shows that it was taken. */
const FORMS: readonly { path: string; field: string; typed: string; send: string; done: string }[] = [
  {
    path: '/dashboard/keys?new=true',
    field: 'Name',
    typed: 'web shop',
    send: 'Make key',
    done: 'Your new key',
  },
  {
    path: '/dashboard/settings/policy',
    field: 'Longest delay',
    typed: '77',
    send: 'Save',
    done: 'The policy is saved.',
  },
  {
    path: '/dashboard/settings/account',
    field: 'New password',
    typed: 'another sentence that is not easily guessed',
    send: 'Change password',
    done: 'The password is changed',
  },
  {
    path: '/dashboard/webhooks?new=true',
    field: 'URL',
    typed: 'https://hooks.example.com/kanda',
    send: 'Make webhook',
    done: 'whsec_',
  },
];

describe.skipIf(chromiumPath === null)('a session that ends', () => {
  test('asks for the password over the form, says why, and loses nothing', async () => {
    const account = await signedIn(site);
    account.context.setDefaultTimeout(15_000);
    const { page } = account;
    await page.goto('/dashboard/clients?new=true');
    await page.getByLabel('User ID').fill('user-kept');
    await page.getByLabel('Label').fill('alice@example.com');
    await page.getByLabel('Issuer').fill('MyApp');
    await endSession(account);
    await page.getByLabel('Issuer').press('Enter');

    await over(page).getByText('Your session was ended').waitFor();
    await over(page).getByText('What you sent was not saved.').waitFor();
    expect(await over(page).getByLabel('E-mail').inputValue()).toBe(account.email);
    expect(
      await over(page)
        .getByLabel('Your password')
        .evaluate((field) => field === document.activeElement),
    ).toBe(true);
    expect(await allFaults(page)).toEqual([]);
    // Esc is no way past it, and neither is a wrong password.
    await page.keyboard.press('Escape');
    await over(page).getByLabel('Your password').fill('not the right sentence');
    await page.keyboard.press('Enter');
    await over(page).getByText("That is not this account's password.").waitFor();
    expect(new URL(page.url()).pathname).toBe('/dashboard/clients');

    await signInOver(page);
    await page.getByText('You are signed in again. Nothing was saved yet').first().waitFor();
    expect(await page.getByLabel('User ID').inputValue()).toBe('user-kept');
    expect(await page.getByLabel('Issuer').evaluate((field) => field === document.activeElement)).toBe(true);
    await page.getByLabel('Issuer').press('Enter');
    await page.getByText('Scan this code').waitFor();
    await account.context.close();
  });

  test.each(FORMS)('keeps what was typed on $path', async ({ path, field, typed, send, done }) => {
    const account = await signedIn(site);
    account.context.setDefaultTimeout(15_000);
    const { page } = account;
    await page.goto(path);
    if (path.endsWith('account')) await page.getByLabel('Your password').fill(PASSWORD);
    await page.getByLabel(field).fill(typed);
    await endSession(account);
    await page.getByRole('button', { name: send }).click();
    await signInOver(page);
    expect(await page.getByLabel(field).inputValue()).toBe(typed);
    await page.getByRole('button', { name: send }).click();
    await page.getByText(done).first().waitFor();
    await account.context.close();
  });

  test('asks for the code of an account with two-factor login', async () => {
    const account = await signedIn(site);
    account.context.setDefaultTimeout(15_000);
    const { page, call } = account;
    const { secret } = await call('POST', '/api/auth/two-factor', { password: PASSWORD });
    const { recoveryCodes } = await call('POST', '/api/auth/two-factor/confirm', {
      totp: codeAt(secret as string, Date.now()),
    });
    const [first, second] = recoveryCodes as string[];
    await page.goto('/dashboard/keys?new=true');
    await page.getByLabel('Name').fill('web shop');
    await endSession(account, { recoveryCode: first });
    await page.getByRole('button', { name: 'Make key' }).click();
    await over(page).getByLabel('Code from your authenticator app').waitFor();
    await over(page).getByLabel('Your password').fill(PASSWORD);
    await over(page).getByRole('button', { name: 'Sign in' }).click();
    await over(page).getByRole('button', { name: 'Use a recovery code' }).click();
    await over(page)
      .getByLabel('Recovery code')
      .fill(second ?? '');
    await over(page).getByRole('button', { name: 'Sign in' }).click();
    await over(page).waitFor({ state: 'detached' });
    expect(await page.getByLabel('Name').inputValue()).toBe('web shop');
    await account.context.close();
  });
});

describe.skipIf(chromiumPath === null)('a second tab', () => {
  test('keeps its form when the first one signs out and in again', async () => {
    const account = await signedIn(site);
    account.context.setDefaultTimeout(15_000);
    const { page } = account;
    await page.goto('/dashboard');
    const second = await account.context.newPage();
    await second.goto('/dashboard/settings/policy');
    await second.getByLabel('Longest delay').fill('77');
    await page.getByRole('button', { name: 'Sign out' }).click();
    await over(second).getByText('You signed out in another tab.').waitFor();
    await page.getByLabel('E-mail').fill(account.email);
    await page.getByLabel('Password').fill(PASSWORD);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await over(second).waitFor({ state: 'detached' });
    expect(await second.getByLabel('Longest delay').inputValue()).toBe('77');
    await account.context.close();
  });

  test('keeps nothing when the first one signs in as another person', async () => {
    const account = await signedIn(site);
    account.context.setDefaultTimeout(15_000);
    const other = await signedIn(site);
    const { page } = account;
    await page.goto('/dashboard');
    const second = await account.context.newPage();
    await second.goto('/dashboard/clients?new=true');
    await second.getByLabel('User ID').fill('user-kept');
    // Without signing out first: the page of the sign-in is opened by hand.
    await page.goto('/signin');
    await page.getByLabel('E-mail').fill(other.email);
    await page.getByLabel('Password').fill(PASSWORD);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await second.waitForURL('**/dashboard');
    await second.getByText(other.email).first().waitFor();
    expect(await second.getByText(account.email).count()).toBe(0);
    expect(await second.getByLabel('User ID').count()).toBe(0);
    await account.context.close();
    await other.context.close();
  });
});
