/** Small things that make a day with the dashboard easy. Each was seen to fail with the dashboard of before. */
import type { Page } from '@playwright/test';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { allFaults } from './accessibility.ts';
import { chromiumPath, type Site, startSite, type View } from './server.ts';
import { enrol, type SignedIn, signedIn } from './signed-in.ts';

let site: Site;
beforeAll(async () => {
  if (chromiumPath !== null) site = await startSite();
});
afterAll(() => site?.end());

const LONG_ID = 'tenant-7:user-0123456789abcdef0123456789abcdef@example';

async function opened(path: string, view?: View): Promise<SignedIn> {
  const account = await signedIn(site, view);
  account.context.setDefaultTimeout(15_000);
  await enrol(account, LONG_ID);
  await account.call('POST', '/api/keys', { name: 'web shop', scopes: ['totp:validate', 'logs:read'] });
  await account.call('POST', '/api/totp/validate', { clientId: LONG_ID, token: '123456' });
  await account.page.goto(path);
  return account;
}

const focused = (page: Page) => page.evaluate(() => document.activeElement?.textContent ?? '');

describe.skipIf(chromiumPath === null)('the focus', () => {
  test('returns to the row when the drawer closes, and the list goes on from there', async () => {
    const { page, context } = await opened('/dashboard/logs');
    const rows = page.locator('tr[data-row]');
    await rows.nth(2).waitFor();
    for (let n = 0; n < 2; n++) await page.keyboard.press('j');
    const second = await focused(page);
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await expect.poll(() => focused(page)).toBe(second);
    await page.keyboard.press('j');
    expect(await rows.nth(2).evaluate((row) => row.contains(document.activeElement))).toBe(true);
    await context.close();
  });

  test('returns to the button that opened a form, and goes to the first wrong field of one that is refused', async () => {
    const { page, context } = await opened('/dashboard/clients');
    await page.getByRole('button', { name: 'Enrol' }).click();
    await page.getByLabel('User ID').fill(LONG_ID);
    await page.getByLabel('Label').fill('alice@example.com');
    await page.getByLabel('Issuer').fill('MyApp');
    await page.getByLabel('Issuer').press('Enter');
    const wrong = page.getByLabel('User ID');
    await expect.poll(() => wrong.evaluate((field) => field === document.activeElement)).toBe(true);
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await expect.poll(() => focused(page)).toBe('Enrol');
    await context.close();
  });
});

describe.skipIf(chromiumPath === null)('a page', () => {
  test('that was never seen, while the server is down, says so and can be tried again', async () => {
    const { page, context } = await opened('/dashboard');
    await page.getByText('Needs attention').waitFor();
    await context.setOffline(true);
    await page.keyboard.press('g');
    await page.keyboard.press('p');
    await page.getByText("This page can't be shown").waitFor();
    await page.getByText("Can't reach the server.").first().waitFor();
    await context.setOffline(false);
    await page.getByRole('button', { name: 'Retry' }).click();
    await page.getByText('Simulated phone').waitFor();
    await context.close();
  });

  test('with changes that are not saved asks before it is left', async () => {
    const { page, context } = await opened('/dashboard/settings/policy');
    await page.getByLabel('Longest delay').fill('77');
    await page.getByRole('link', { name: 'Users' }).click();
    const question = page.getByRole('dialog', { name: 'Leave without saving the policy?' });
    await question.getByRole('button', { name: 'Stay' }).click();
    expect(await page.getByLabel('Longest delay').inputValue()).toBe('77');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('The policy is saved.').first().waitFor();
    await page.getByRole('link', { name: 'Users' }).click();
    await page.waitForURL('**/dashboard/clients');
    await context.close();
  });
});

describe.skipIf(chromiumPath === null)('the log', () => {
  test('holds its place when it goes live', async () => {
    const { page, context } = await opened('/dashboard/logs');
    const table = page.getByRole('table');
    await table.waitFor();
    await page.evaluate(() => document.fonts.ready);
    const top = async () => (await table.boundingBox())?.y;
    const before = await top();
    await page.getByRole('button', { name: 'Live' }).click();
    await page.waitForURL('**live=true**');
    await expect.poll(top).toBe(before);
    await context.close();
  });

  test('shows long IDs whole where the window has room', async () => {
    const { page, context } = await opened('/dashboard/logs', { width: 1920 });
    for (const path of ['/dashboard/logs', '/dashboard/clients']) {
      await page.goto(path);
      const cell = page
        .locator('tr[data-row] .truncate.font-mono', { hasText: LONG_ID })
        .locator('visible=true');
      await cell.first().waitFor();
      expect(await cell.first().evaluate((box) => box.scrollWidth <= box.clientWidth)).toBe(true);
    }
    await context.close();
  });
});

describe.skipIf(chromiumPath === null)('a narrow window', () => {
  test('cuts no filter, has no lone heading above cards, and shows what a key may do', async () => {
    const { page, context, faults } = await opened('/dashboard/logs', { width: 320, theme: 'dark' });
    const outcome = page.getByLabel('Outcome');
    expect((await outcome.boundingBox())?.width).toBeGreaterThan(250);
    await page.getByRole('table').waitFor();
    expect((await page.locator('thead').boundingBox())?.height ?? 0).toBeLessThanOrEqual(1);
    expect(await allFaults(page)).toEqual([]);
    await page.goto('/dashboard/keys');
    await page.getByText('logs:read').locator('visible=true').first().waitFor();
    await page.goto('/dashboard/keys?new=true');
    const box = page.getByLabel('Support users');
    const look = (property: string) =>
      box.evaluate((input, name) => getComputedStyle(input).getPropertyValue(name), property);
    const edge = await page.evaluate(() => {
      const probe = document.body.appendChild(document.createElement('i'));
      probe.style.color = 'var(--edge)';
      return getComputedStyle(probe).color;
    });
    expect(await look('border-top-color')).toBe(edge);
    expect(faults).toEqual([]);
    await context.close();
  });
});

describe.skipIf(chromiumPath === null)('the chart', () => {
  test('says in words what one bar would say, and stays a table when the range changes', async () => {
    const { page, context } = await opened('/dashboard');
    await page.getByText('The chart begins with the second bar.').waitFor();
    await page.getByRole('button', { name: 'Show as table' }).click();
    await page.getByLabel('Range').selectOption('7d');
    await page.waitForURL('**/dashboard?range=7d&table=true');
    await page.getByRole('heading', { name: 'Codes, last 7 days' }).waitFor();
    await page.getByRole('button', { name: 'Show as chart' }).waitFor();
    await page.getByRole('columnheader', { name: 'Refused' }).waitFor();
    await context.close();
  });
});
