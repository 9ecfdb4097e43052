import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { codeAt, wrongCode } from './codes.ts';
import { chromiumPath, type Site, startSite } from './server.ts';
import { signedIn } from './signed-in.ts';

let site: Site;
beforeAll(async () => {
  if (chromiumPath !== null) site = await startSite();
});
afterAll(() => site?.end());

describe.skipIf(chromiumPath === null)('a code that is checked while enrolling', () => {
  // Seen to fail: Done waited for the box, and a repeated code read "set the phone's clock to automatic".
  test('enables Done by itself, and says of a repetition that it is the protection', async () => {
    const account = await signedIn(site);
    const { page } = account;
    account.context.setDefaultTimeout(15_000);
    await page.goto('/dashboard/clients?new=true');
    await page.getByLabel('User ID').fill('user-123');
    await page.getByLabel('Label').fill('alice@example.com');
    await page.getByLabel('Issuer').fill('MyApp');
    await page.getByText('Advanced').click();
    await page.getByLabel('Skip the first code').check();
    await page.getByRole('button', { name: 'Enrol', exact: true }).last().click();
    await page.getByText('Scan this code').waitFor();
    const dialog = page.getByRole('dialog');
    const secret = (await dialog.locator('code').first().innerText()).replaceAll(' ', '');
    const done = dialog.getByRole('button', { name: 'Done' });
    const check = async (code: string) => {
      await dialog.getByLabel('Then type the code it shows').fill(code);
      await dialog.getByRole('button', { name: 'Check code' }).click();
    };

    await check(wrongCode(secret));
    await dialog.getByText("That code didn't work.").waitFor();
    expect(await done.isEnabled()).toBe(false);
    const code = codeAt(secret, Date.now());
    await check(code);
    await dialog.getByText('Code accepted.').waitFor();
    expect(await done.isEnabled()).toBe(true);
    expect(await dialog.getByLabel('I have scanned or saved this secret').count()).toBe(0);
    await check(code);
    await dialog.getByText('Already accepted once. That is the protection.').waitFor();
    // Esc asks nothing either: the secret is where it belongs.
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    await account.context.close();
  });
});
