import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { allFaults } from './accessibility.ts';
import { codeAt } from './codes.ts';
import { chromiumPath, type Site, startSite } from './server.ts';
import { enrol, type SignedIn, signedIn } from './signed-in.ts';

let site: Site;
beforeAll(async () => {
  if (chromiumPath !== null) site = await startSite();
});
afterAll(() => site?.end());

const STEP_MS = 30_000;
const LABELS = ['Firefox on Linux', 'Safari on iPhone'] as const;

/** Has browsers trusted, each by a code of its own; gives their tokens. */
async function trust(account: SignedIn, clientId: string, secret: string): Promise<string[]> {
  const tokens: string[] = [];
  for (const [index, label] of LABELS.entries()) {
    const token = codeAt(secret, Date.now() + (index - 1) * STEP_MS);
    const body = { clientId, token, trustDevice: { label, days: index === 0 ? 7 : 90 } };
    const { deviceToken } = await account.call('POST', '/api/totp/validate', body);
    tokens.push(deviceToken as string);
  }
  return tokens;
}

describe.skipIf(chromiumPath === null)('trusted browsers', () => {
  test('are switched on in the settings, listed at their client, and ended there', async () => {
    const account = await signedIn(site);
    const { page } = account;
    const secret = await enrol(account, 'user-1');
    await page.goto('/dashboard/clients/user-1');
    await page.getByRole('heading', { name: 'Recovery codes' }).waitFor();
    expect(await page.getByRole('heading', { name: 'Trusted browsers' }).count()).toBe(0);

    await page.goto('/dashboard/settings/policy');
    await page.getByLabel('Let users trust a browser').check();
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('The policy is saved.').first().waitFor();
    expect(await allFaults(page)).toEqual([]);

    await page.goto('/dashboard/clients/user-1');
    await page.getByText('A browser is trusted when').waitFor();
    const tokens = await trust(account, 'user-1', secret);
    await page.reload();
    const rows = page.getByRole('list', { name: 'Trusted browsers of' }).getByRole('listitem');
    await rows.first().waitFor();
    expect(await rows.getByRole('heading').allInnerTexts()).toEqual([...LABELS]);
    expect(await rows.first().innerText()).toMatch(
      /Trusted\s+just now[\s\S]*Last used\s+never[\s\S]*Ends\s+in 7 days/,
    );
    expect(await allFaults(page)).toEqual([]);
    const use = (deviceToken: string | undefined) =>
      account.call('POST', '/api/totp/validate', { clientId: 'user-1', deviceToken });
    const { deviceToken } = await use(tokens[0]);

    await page.getByRole('button', { name: `End ${LABELS[0]}` }).click();
    await page.getByText(`${LABELS[0]} is not trusted any longer.`).first().waitFor();
    await expect.poll(() => rows.count()).toBe(1);
    expect(await use(deviceToken as string)).toEqual({ valid: false, reason: 'device_unknown' });
    expect((await use(tokens[1])).valid).toBe(true);

    await page.getByRole('button', { name: 'End all' }).click();
    await page.getByRole('dialog').last().getByRole('button', { name: 'End all' }).click();
    await page.getByText('None yet.').waitFor();
    expect(await rows.count()).toBe(0);

    await page.goto('/dashboard/logs?clientId=user-1');
    const log = page.getByRole('table');
    for (const words of [
      'Trusted browsers ended',
      'Browser trusted',
      'Trusted browser checked',
      'Not trusted',
    ])
      await log.getByText(words, { exact: true }).first().waitFor({ state: 'attached' });
    expect(account.faults).toEqual([]);
    await account.context.close();
  });

  test('that the policy has off again are shown as such', async () => {
    const account = await signedIn(site);
    const { page } = account;
    const secret = await enrol(account, 'user-1');
    await account.call('PUT', '/api/policy', { trustedDevices: true });
    await trust(account, 'user-1', secret);
    await account.call('PUT', '/api/policy', {});
    await page.goto('/dashboard/clients/user-1');
    await page.getByText('The policy has trusted browsers off').waitFor();
    expect(account.faults).toEqual([]);
    await account.context.close();
  });
});
