import type { Page } from '@playwright/test';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { allFaults, settled } from './accessibility.ts';
import { codeAt, wrongCode } from './codes.ts';
import { chromiumPath, type Site, scrollsSideways, startSite } from './server.ts';
import { enrol, NAMES, type SignedIn, signedIn } from './signed-in.ts';

/** Each page with something that is there once it is shown. */
const PAGES: readonly (readonly [path: string, shown: string])[] = [
  ['/dashboard', 'Nothing needs you.'],
  ['/dashboard/clients', 'user-2'],
  ['/dashboard/clients?q=unknown', 'No user matches'],
  ['/dashboard/clients?new=true', 'Enrol a user'],
  ['/dashboard/clients/user-1', 'Events'],
  ['/dashboard/clients/user-4', 'user-4 cannot log in yet'],
  ['/dashboard/clients/user-5', 'Weak secret'],
  ['/dashboard/clients/unknown', 'No such user'],
  ['/dashboard/import', 'Choose a file'],
  ['/dashboard/keys', 'web shop'],
  ['/dashboard/keys?new=true', 'It may'],
  ['/dashboard/logs', 'Account made'],
  ['/dashboard/logs?id=1', 'Request'],
  ['/dashboard/logs?outcome=failure&clientId=unknown', 'Clear filters'],
  ['/dashboard/playground', 'The same as cURL'],
  ['/dashboard/settings/account', 'New password'],
  ['/dashboard/settings/two-factor', 'Turn on'],
  ['/dashboard/settings/sessions', 'This one'],
  ['/dashboard/settings/policy', 'Longest delay'],
  ['/dashboard/settings/keyboard', 'Next row'],
];

/** The looks of one page, which follow one another without loading it anew. 640 px: a window of 1280 at 200 %. */
const LOOKS = [
  { name: 'light, 1280 px', theme: 'light', width: 1280 },
  { name: 'dark, 1280 px', theme: 'dark', width: 1280 },
  { name: 'dark, 320 px', theme: 'dark', width: 320 },
  { name: 'light, 320 px', theme: 'light', width: 320 },
  { name: 'light, 200 %', theme: 'light', width: 640 },
  { name: 'light, 768 px', theme: 'light', width: 768 },
] as const;
/** By which rules a look is judged: another theme changes colours alone. In the others only the width is looked at. */
const RULES: Readonly<Partial<Record<(typeof LOOKS)[number]['name'], string[] | 'all'>>> = {
  'light, 1280 px': 'all',
  'dark, 1280 px': ['color-contrast'],
  'light, 320 px': 'all',
};

let site: Site;
beforeAll(async () => {
  if (chromiumPath !== null) site = await startSite();
});
afterAll(() => site?.end());

describe.skipIf(chromiumPath === null)('every page, light and dark, wide and narrow', () => {
  test('of the dashboard: readable by all, nothing sideways, nothing forbidden', {
    timeout: 600_000,
  }, async () => {
    const account = await signedIn(site);
    await fill(account);
    for (const [path, shown] of PAGES) await lookAt(account.page, path, shown);
    expect(account.faults).toEqual([]);
    await account.context.close();
  });

  test('before the sign-in', async () => {
    const { page, context, faults } = await site.open(null);
    for (const path of ['/signup', '/signin']) await lookAt(page, path, 'Password');
    expect(faults).toEqual([]);
    await context.close();
  });
});

async function lookAt(page: Page, path: string, shown: string): Promise<void> {
  await page.setViewportSize({ width: 1280, height: 800 });
  await page.goto(path);
  await page.getByText(shown).filter({ visible: true }).first().waitFor();
  for (const { name, theme, width } of LOOKS) {
    await page.emulateMedia({ colorScheme: theme });
    await page.setViewportSize({ width, height: 800 });
    await settled(page);
    expect.soft(await scrollsSideways(page), `${path}, ${name}`).toBe(false);
    const rules = RULES[name];
    if (rules === undefined) continue;
    expect.soft(await allFaults(page, rules === 'all' ? undefined : rules), `${path}, ${name}`).toEqual([]);
  }
}

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
  await enrol(account, 'user-4', { confirm: true });
  const weak = { secret: 'JBSWY3DPEHPK3PXP', allowShortSecret: true, name: 'Old phone' };
  await account.call('POST', '/api/totp/register', { clientId: 'user-5', ...NAMES, ...weak });
  await account.call('POST', '/api/totp/clients/user-5/authenticators', { name: 'Spare', confirm: true });
}
