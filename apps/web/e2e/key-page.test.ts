/** The page of an API key. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { allFaults } from './accessibility.ts';
import { wrongCode } from './codes.ts';
import { chromiumPath, type Site, startSite } from './server.ts';
import { enrol, signedIn } from './signed-in.ts';

let site: Site;
beforeAll(async () => {
  if (chromiumPath !== null) site = await startSite();
});
afterAll(() => site?.end());

describe.skipIf(chromiumPath === null)('the page of an API key', () => {
  test('says what it did, from where and when it ends, and leads to its log', async () => {
    const account = await signedIn(site);
    const { page, context, faults } = account;
    const expiresAt = new Date(Date.now() + 7 * 86_400_000).toISOString();
    const { apiKey, id } = await account.call('POST', '/api/keys', { name: 'web shop', expiresAt });
    const secret = await enrol(account, 'ada');
    const used = await context.request.post('/api/totp/validate', {
      headers: { authorization: `Bearer ${apiKey}` },
      data: { clientId: 'ada', token: wrongCode(secret) },
    });
    expect(used.status()).toBe(200);

    await page.goto('/dashboard/keys');
    await page.getByRole('link', { name: 'web shop' }).click();
    await page.waitForURL(`**/dashboard/keys/${id}`);
    await page.getByText('This key expires').waitFor();
    // Counted with the tree of the log, a second or so later.
    const counted = async () => {
      await page.reload();
      await page.getByRole('heading', { name: 'web shop', level: 1 }).waitFor();
      return page.getByText('refused 1', { exact: true }).count();
    };
    await expect.poll(counted).toBe(1);
    await page.getByRole('cell', { name: '127.0.0.1' }).waitFor();
    await page.getByText('Code checked').waitFor();
    expect(await allFaults(page)).toEqual([]);
    await page.setViewportSize({ width: 320, height: 800 });
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(320);
    expect(await allFaults(page)).toEqual([]);
    await page.getByRole('link', { name: 'Its log' }).click();
    await page.waitForURL(`**/logs?actor=key%3A${id}`);
    await page.getByRole('status').getByText('1 event matches').waitFor();

    await page.goto(`/dashboard/keys/${id}`);
    await page.getByRole('button', { name: 'Revoke' }).click();
    await page.getByRole('dialog').getByRole('textbox').fill('web shop');
    await page.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click();
    await page.waitForURL('**/dashboard/keys');
    await page.goto(`/dashboard/keys/${id}`);
    await page.getByRole('heading', { name: 'No such key' }).waitFor();
    expect(faults.filter((fault) => !/404/.test(fault))).toEqual([]);
    await context.close();
  });
});
