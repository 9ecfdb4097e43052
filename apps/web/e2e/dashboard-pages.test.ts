import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { seriousFaults } from './accessibility.ts';
import { chromiumPath, type Site, scrollsSideways, startSite, type View } from './server.ts';
import { codeAt, enrol, type SignedIn, signedIn, wrongCode } from './signed-in.ts';

/** Each page with something that is there once it is shown. */
const PAGES: readonly (readonly [path: string, shown: string])[] = [
  ['/dashboard', 'Nothing needs you.'],
  ['/dashboard/clients', 'user-2'],
  ['/dashboard/clients?q=nobody', 'No client matches'],
  ['/dashboard/clients?new=true', 'Enrol a client'],
  ['/dashboard/clients/user-1', 'Events'],
  ['/dashboard/clients/nobody', 'No such client'],
  ['/dashboard/keys', 'web shop'],
  ['/dashboard/keys?new=true', 'It may'],
  ['/dashboard/logs', 'Account made'],
  ['/dashboard/logs?id=1', 'Request'],
  ['/dashboard/logs?outcome=failure&clientId=nobody', 'Clear filters'],
  ['/dashboard/playground', 'The same as cURL'],
  ['/dashboard/settings/account', 'New password'],
  ['/dashboard/settings/two-factor', 'Turn on'],
  ['/dashboard/settings/sessions', 'This one'],
  ['/dashboard/settings/policy', 'Longest delay'],
  ['/dashboard/settings/keyboard', 'Next row'],
];

const VIEWS: readonly View[] = [
  { theme: 'light', width: 1280 },
  { theme: 'dark', width: 1280 },
  { theme: 'light', width: 320 },
  { theme: 'dark', width: 320 },
];

let site: Site;
beforeAll(async () => {
  if (chromiumPath !== null) site = await startSite();
});
afterAll(() => site?.end());

describe.skipIf(chromiumPath === null)('every page of the dashboard', () => {
  test.each(VIEWS)(
    '$theme, $width px: readable by all, nothing sideways, nothing forbidden',
    { timeout: 120_000 },
    async (view) => {
      const account = await signedIn(site, view);
      await fill(account);
      for (const [path, shown] of PAGES) {
        await account.page.goto(path);
        await account.page.getByText(shown, { exact: false }).first().waitFor();
        expect.soft(await seriousFaults(account.page), path).toEqual([]);
        expect.soft(await scrollsSideways(account.page), path).toBe(false);
      }
      expect(account.faults).toEqual([]);
      await account.context.close();
    },
  );

  test.each(VIEWS)('$theme, $width px: sign-up and sign-in', { timeout: 60_000 }, async (view) => {
    const { page, context, faults } = await site.open('/signup', view);
    await page.getByLabel('Password').waitFor();
    expect.soft(await seriousFaults(page)).toEqual([]);
    await page.goto('/signin');
    await page.getByLabel('Password').waitFor();
    expect.soft(await seriousFaults(page)).toEqual([]);
    expect(await scrollsSideways(page)).toBe(false);
    expect(faults).toEqual([]);
    await context.close();
  });

  test('at 200 % zoom everything is still there', { timeout: 60_000 }, async () => {
    // Zooming to 200 % halves the window that the page sees.
    const account = await signedIn(site, { width: 640, height: 400 });
    await fill(account);
    for (const [path, shown] of PAGES) {
      await account.page.goto(path);
      await account.page.getByText(shown).first().waitFor();
      expect.soft(await scrollsSideways(account.page), path).toBe(false);
    }
    await account.context.close();
  });
});

/** A little of everything: keys, clients, accepted and refused codes. */
async function fill(account: SignedIn): Promise<void> {
  await account.call('POST', '/api/keys', { name: 'web shop' });
  for (const clientId of ['user-1', 'user-2', 'user-3']) {
    const secret = await enrol(account, clientId);
    const right = { clientId, token: codeAt(secret, Date.now()) };
    await account.call('POST', '/api/totp/validate', right);
    await account.call('POST', '/api/totp/validate', { clientId, token: wrongCode(secret) });
  }
  await account.call('POST', '/api/totp/clients/user-3/disable');
}
