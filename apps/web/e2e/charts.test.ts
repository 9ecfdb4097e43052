/** What the charts of the overview and of a key show. */
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { allFaults } from './accessibility.ts';
import { codeAt, wrongCode } from './codes.ts';
import { chromiumPath, type Site, scrollsSideways, startSite, type View } from './server.ts';
import { enrol, type SignedIn, signedIn } from './signed-in.ts';

let site: Site;
beforeAll(async () => {
  if (chromiumPath !== null) site = await startSite();
});
afterAll(() => site?.end());

/** An account with one key, which has had one wrong code checked. */
async function withRefusal(view?: View): Promise<SignedIn & { keyId: string }> {
  const account = await signedIn(site, view);
  account.context.setDefaultTimeout(15_000);
  const { apiKey, id } = await account.call('POST', '/api/keys', { name: 'web shop' });
  const secret = await enrol(account, 'ada');
  const checked = await account.context.request.post('/api/totp/validate', {
    headers: { authorization: `Bearer ${apiKey}` },
    data: { clientId: 'ada', token: wrongCode(secret) },
  });
  expect(checked.status()).toBe(200);
  return { ...account, keyId: id as string };
}

describe.skipIf(chromiumPath === null)(
  'a chart of days names the days of UTC that the server counts by',
  () => {
    const dayOf = async ({ call }: SignedIn) => {
      const { buckets } = (await call('GET', '/api/stats?range=30d')) as {
        buckets: { start: string; refused: number }[];
      };
      const counted = buckets.find(({ refused }) => refused === 1)?.start ?? expect.fail('not counted');
      return new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeZone: 'UTC' }).format(
        new Date(counted),
      );
    };

    test('in the overview, where the reader is behind UTC', async () => {
      const account = await withRefusal({ timeZone: 'America/New_York' });
      const { page, context } = account;
      const day = await dayOf(account);
      await page.goto('/dashboard?range=30d');
      await page.getByText(`${day}: 0 codes accepted, 1 refused.`).waitFor();
      await page.getByText('Days in UTC.').waitFor();
      await context.close();
    });

    test('on the page of a key, where the reader is twelve hours or more ahead of UTC', async () => {
      const account = await withRefusal({ timeZone: 'Pacific/Auckland' });
      const { page, context, keyId } = account;
      const day = await dayOf(account);
      // Counted with the tree of the log, a second or so later.
      const counted = async () => {
        await page.goto(`/dashboard/keys/${keyId}`);
        await page.getByText('Days in UTC.').waitFor();
        return page.getByText(`${day}: 0 codes accepted, 1 refused.`).count();
      };
      await expect.poll(counted).toBe(1);
      await context.close();
    });
  },
);

const HOUR_SECONDS = 3_600;

/** A test half in which two hours, three hours apart, have codes: 1 accepted and 1 refused, then 1 and 3. */
async function withTwoHours(view?: View): Promise<SignedIn> {
  const account = await signedIn(site, view);
  account.context.setDefaultTimeout(15_000);
  await account.context.addInitScript(() => sessionStorage.setItem('kanda-mode', 'test'));
  const call = async (path: string, data: object) => {
    const answer = await account.context.request.post(path, { data, headers: { 'kanda-mode': 'test' } });
    expect(answer.ok(), await answer.text()).toBe(true);
    return answer.json();
  };
  const clock = async (advanceSeconds: number) => {
    const { now } = await call('/api/test/clock', { advanceSeconds });
    return Date.parse(now);
  };
  const validate = (clientId: string, token: string) => call('/api/totp/validate', { clientId, token });
  let now = await clock(60);
  const { secret } = await call('/api/totp/register', {
    clientId: 'ada',
    label: 'ada',
    issuer: 'MyApp',
    qr: 'none',
  });
  await validate('ada', codeAt(secret, now));
  await validate('ada', codeAt(secret, now));
  now = await clock(3 * HOUR_SECONDS);
  for (const token of [codeAt(secret, now), codeAt(secret, now)]) await validate('ada', token);
  await validate('ada', codeAt(secret, now - 20 * 30_000));
  await account.context.request.post('/api/totp/validate', {
    data: { clientId: 'unknown', token: '123456' },
    headers: { 'kanda-mode': 'test' },
  });
  return account;
}

describe.skipIf(chromiumPath === null)('the chart of the overview', () => {
  test('shows refusals by reason and users locked, as bars or as a table, all kept in its address', async () => {
    const { page, context, faults } = await withTwoHours();
    await page.goto('/dashboard');
    const figure = page.getByRole('figure');
    await figure.getByText('refused 4', { exact: true }).waitFor();
    await page.getByRole('combobox', { name: 'Show' }).selectOption('Refused, by reason');
    await page.waitForURL('**/dashboard?show=reasons');
    const legend = figure.getByRole('listitem');
    await expect
      .poll(() => legend.allTextContents())
      .toEqual(['wrong code 1', 'used before 2', 'no such user 1']);
    await page.getByRole('button', { name: 'Show as table' }).click();
    const rows = async () => (await figure.getByRole('row').allTextContents()).map((row) => row.slice(-3));
    await expect.poll(rows).toEqual(['ser', '010', '111']);
    await page.getByRole('combobox', { name: 'Range' }).selectOption('Last 30 days');
    await page.getByRole('heading', { name: 'Refused codes, last 30 days' }).waitFor();
    await page.reload();
    await page.getByRole('heading', { name: 'Refused codes, last 30 days' }).waitFor();
    await page.getByRole('button', { name: 'Show as chart' }).waitFor();
    await page.getByRole('combobox', { name: 'Show' }).selectOption('Users locked');
    await figure.getByText('No users were locked.').first().waitFor();
    expect(new URL(page.url()).search).toBe('?range=30d&show=lockouts&table=true');
    expect(faults).toEqual([]);
    await context.close();
  });

  test('shows days that the reader chooses, which are in its address', async () => {
    const { page, context, faults } = await withRefusal({ timeZone: 'America/New_York', width: 320 });
    const day = (before: number) => new Date(Date.now() - before * 86_400_000).toISOString().slice(0, 10);
    await page.goto('/dashboard?show=reasons');
    await page.getByRole('combobox', { name: 'Range' }).selectOption('Own days');
    await page.waitForURL(`**/dashboard?from=${day(6)}&to=${day(0)}&show=reasons`);
    await page.getByText('wrong code 1', { exact: true }).waitFor();
    await page.getByLabel('First day').fill(day(365));
    await page.waitForURL(`**/dashboard?from=${day(365)}&to=${day(0)}&show=reasons`);
    await page.getByText('Days in UTC.').waitFor();
    await page.getByText('wrong code 1', { exact: true }).waitFor();
    expect(await allFaults(page)).toEqual([]);
    expect(await scrollsSideways(page)).toBe(false);
    await page.getByLabel('First day').fill(day(366));
    await page.getByLabel('First day').blur();
    await page.getByRole('alert').getByText('These are more than 366 days.').waitFor();
    await page.getByLabel('First day').fill(day(60));
    await page.getByLabel('Last day').fill(day(50));
    await page.getByText('No codes were refused.').last().waitFor();
    await page.reload();
    await page.getByText('No codes were refused.').last().waitFor();
    expect(await page.getByLabel('Last day').inputValue()).toBe(day(50));
    await page.getByRole('combobox', { name: 'Range' }).selectOption('Last 7 days');
    await page.waitForURL('**/dashboard?range=7d&show=reasons');
    expect(faults).toEqual([]);
    await context.close();
  });

  test('is saved as CSV, by the browser alone', async () => {
    const { page, context, faults } = await withTwoHours();
    await page.goto('/dashboard?show=reasons');
    await page.locator('[data-bar]').last().waitFor();
    const [saved] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Save as CSV' }).click(),
    ]);
    expect(saved.suggestedFilename()).toMatch(/^kanda-reasons-\d{4}-\d\d-\d\d-to-\d{4}-\d\d-\d\d\.csv$/);
    const lines = (await readFile(await saved.path(), 'utf8')).split('\r\n');
    expect(lines[0]).toBe(
      'start,end,invalid_code,code_already_used,locked,disabled,client_not_found,secret_unreadable,other',
    );
    expect(lines).toHaveLength(26);
    expect(lines.at(-2)).toMatch(/^\d{4}-\d\d-\d\dT\d\d:00:00\.000Z,[^,]+,1,1,0,0,1,0,0$/);
    expect(faults).toEqual([]);
    await context.close();
  });

  test('says beside a bar, to a pointer and to the arrow keys, what it counts', async () => {
    const { page, context } = await withTwoHours();
    await page.goto('/dashboard?show=reasons');
    const bars = page.locator('[data-bar]');
    await bars.last().hover();
    const tip = page.locator('[data-tip]');
    await expect.poll(() => tip.innerText()).toContain('1 wrong code\n1 used before\n1 no such user');
    const bar = page.getByRole('slider', { name: 'Bar of the chart' });
    await page.mouse.move(0, 0);
    await bar.focus();
    for (let back = 0; back < 3; back++) await page.keyboard.press('ArrowLeft');
    expect(await bar.getAttribute('aria-valuetext')).toMatch(
      /^\w{3},? \d\d:00: 1 code refused: 1 used before\.$/,
    );
    await expect.poll(() => tip.innerText()).toContain('0 wrong code\n1 used before');
    // Close to the bar.
    const [ofTip, ofBar] = [await tip.boundingBox(), await bars.nth(-4).boundingBox()];
    expect((ofBar?.x ?? 0) - ((ofTip?.x ?? 0) + (ofTip?.width ?? 0))).toBeLessThan(24);
    await context.close();
  });

  test('has no fault at any width, in either theme', async () => {
    const { page, context } = await withTwoHours({ width: 320 });
    await page.goto('/dashboard?show=reasons');
    const last = page.locator('[data-bar]').last();
    for (const width of [1920, 320]) {
      await page.setViewportSize({ width, height: 900 });
      await last.hover();
      await page.locator('[data-tip]').waitFor();
      expect(await allFaults(page), `${width}`).toEqual([]);
      expect(await scrollsSideways(page), `${width}`).toBe(false);
    }
    await page.getByRole('button', { name: 'Show as table' }).click();
    await page.getByRole('columnheader', { name: 'no such user' }).waitFor();
    expect(await allFaults(page)).toEqual([]);
    expect(await scrollsSideways(page)).toBe(false);
    await page.emulateMedia({ colorScheme: 'dark' });
    expect(await allFaults(page, ['color-contrast'])).toEqual([]);
    await context.close();
  });
});
