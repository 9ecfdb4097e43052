/** Importing in the dashboard: shown, sent, cancelled, repeated. */
import { readFile } from 'node:fs/promises';
import { parseFile } from '@kanda/formats';
import { encodeBase32 } from '@kanda/otp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { allFaults, settled } from './accessibility.ts';
import { choose, importPage, outcomes, paste, SECRET, sample, submit, uri } from './import-page.ts';
import { chromiumPath, type Site, scrollsSideways, startSite } from './server.ts';

let site: Site;
beforeAll(async () => {
  if (chromiumPath !== null) site = await startSite();
});
afterAll(() => site?.end());

describe.skipIf(chromiumPath === null)('an import in the dashboard', () => {
  test('reads the file in the browser, shows it, sends it, and changes nothing the second time', async () => {
    const account = await importPage(site);
    const { page } = account;
    const sent: { readonly path: string; readonly body: string }[] = [];
    page.on('request', (request) => {
      sent.push({ path: new URL(request.url()).pathname, body: request.postData() ?? '' });
    });
    const file = sample('django-otp.json');
    await choose(page, { name: 'django-otp.json', buffer: file });
    await page.getByText('with 46 secrets to import').waitFor();
    await page.getByRole('table', { name: 'The first of them' }).getByText('160 bits').first().waitFor();
    await page.getByText('The device was never confirmed by a first code.').waitFor();
    expect(await allFaults(page)).toEqual([]);
    expect(sent.filter(({ path }) => path === '/api/totp/import')).toEqual([]);

    await page.getByLabel('Issuer', { exact: true }).fill('MyApp');
    await page.getByRole('button', { name: 'Try it out' }).click();
    await page.getByText('Nothing was changed.').waitFor();
    expect(await outcomes(page)).toEqual(['Enrolled 46', 'Skipped 4']);
    await submit(page);
    await page.getByText('The import has come to:').waitFor();
    expect(await outcomes(page)).toEqual(['Enrolled 46', 'Skipped 4']);
    expect(await allFaults(page)).toEqual([]);
    await submit(page);
    await page.getByText('Unchanged').waitFor();
    expect(await outcomes(page)).toEqual(['Unchanged 46', 'Skipped 4']);

    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Download report' }).click(),
    ]);
    expect(download.suggestedFilename()).toBe('import-report.ndjson');
    const report = await readFile(await download.path(), 'utf8');
    const lines = report
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines[0]).toMatchObject({ place: 'entry 1', clientId: 'user01', result: 'unchanged' });

    // No secret has gone anywhere but into the calls that import it.
    const { records } = await parseFile(file, 'auto');
    const secrets = records.map(({ record }) => encodeBase32(record.secret));
    const kept = await page.evaluate(() =>
      JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie]),
    );
    const databases = await page.evaluate(async () => (await indexedDB.databases()).length);
    expect(databases).toBe(0);
    const elsewhere = sent.filter(({ path }) => path !== '/api/totp/import').map(({ body }) => body);
    const everything = [...elsewhere, kept, report, await page.content(), page.url()].join('\n');
    expect(secrets.filter((secret) => everything.includes(secret))).toEqual([]);
    expect(account.faults).toEqual([]);
    await account.context.close();
  });

  test('can be cancelled, and goes on where it was when it is repeated', async () => {
    const account = await importPage(site);
    const { page } = account;
    const lines = Array.from({ length: 120 }, (_, index) => {
      const secret = encodeBase32(Buffer.from(`dashboard-import-${String(index).padStart(3, '0')}`));
      return uri(`user-${index}`, secret);
    });
    let calls = 0;
    await page.route('**/api/totp/import', async (route) => {
      if (++calls === 2) await page.getByRole('button', { name: 'Cancel' }).click();
      await route.continue();
    });
    await paste(page, lines.join('\n'));
    await page.getByText('with 120 secrets to import').waitFor();
    await submit(page);
    expect(await outcomes(page)).toEqual(['Enrolled 100', 'Not sent 20']);
    await page.getByText('You stopped it.').waitFor();
    await submit(page);
    await page.getByText('Unchanged').waitFor();
    expect(await outcomes(page)).toEqual(['Enrolled 20', 'Unchanged 100']);
    expect(account.faults).toEqual([]);
    await account.context.close();
  });

  test('sends a call again when its answer was lost, and it takes effect once', async () => {
    const account = await importPage(site);
    const { page } = account;
    const keys: (string | undefined)[] = [];
    await page.route('**/api/totp/import', async (route) => {
      keys.push(route.request().headers()['idempotency-key']);
      if (keys.length > 1) return route.continue();
      await route.fetch();
      await route.fulfill({
        status: 503,
        headers: { 'retry-after': '1' },
        json: { detail: 'Busy.', status: 503 },
      });
    });
    await paste(page, uri('alice'));
    await submit(page);
    await page.getByText('Busy. It is tried again.').waitFor();
    expect(await outcomes(page)).toEqual(['Enrolled 1']);
    expect(keys).toHaveLength(2);
    expect(new Set(keys).size).toBe(1);
    await account.context.close();
  });

  test('leaves conflicts alone, imports nothing when there is one, or replaces', async () => {
    const account = await importPage(site);
    const { page } = account;
    await account.call('POST', '/api/totp/register', {
      clientId: 'alice@example.com',
      label: 'alice@example.com',
      issuer: 'MyApp',
    });
    await paste(page, `${uri('alice')}\n${uri('bob', `${SECRET.slice(2)}AA`)}`);
    const rule = page.getByLabel('A user is there with another secret');
    await rule.selectOption('fail');
    await submit(page);
    await page.getByText('Nothing was imported').waitFor();
    expect(await outcomes(page)).toEqual(['Enrolled 1', 'Conflict 1']);
    await page.getByText('line 1, alice@example.com').waitFor();
    await rule.selectOption('replace');
    await submit(page);
    expect(await outcomes(page)).toEqual(['Enrolled 1', 'Replaced 1']);
    await account.context.close();
  });

  test('asks which column is which, names clients by a template, and takes short secrets only when told', async () => {
    const account = await importPage(site);
    const { page } = account;
    const table = 'Login,Seed\nalice,JBSWY3DPEHPK3PXP\nbob,GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ\n';
    await choose(page, { name: 'users.csv', buffer: Buffer.from(table) });
    await page.getByLabel('Format').selectOption('csv');
    await page.getByLabel('Secret', { exact: true }).selectOption('Seed');
    await page.getByLabel('User ID', { exact: true }).first().selectOption('Login');
    await page.getByText('with 2 secrets to import').waitFor();
    await page.getByLabel('User ID', { exact: true }).last().selectOption('template');
    await page.getByLabel('Template').fill('app-{clientId}');
    await page.getByLabel('Issuer', { exact: true }).last().fill('MyApp');
    await page.getByRole('cell', { name: 'app-alice' }).waitFor();
    await submit(page);
    expect(await outcomes(page)).toEqual(['Enrolled 1', 'Refused 1']);
    await page.getByText('RFC 4226 asks for 128').waitFor();
    await page.getByLabel('Allow short secrets').check();
    await submit(page);
    expect(await outcomes(page)).toEqual(['Enrolled 1', 'Unchanged 1']);
    expect(account.faults).toEqual([]);
    await account.context.close();
  });

  test('can be used in every look', async () => {
    const account = await importPage(site);
    const { page } = account;
    await choose(page, { name: 'privacyidea.yaml', buffer: sample('privacyidea.yaml') });
    await page.getByText('secrets to import').waitFor();
    await page.getByRole('button', { name: 'Try it out' }).click();
    await outcomes(page);
    for (const [theme, width] of [
      ['light', 1280],
      ['dark', 1280],
      ['dark', 320],
      ['light', 320],
    ] as const) {
      await page.emulateMedia({ colorScheme: theme });
      await page.setViewportSize({ width, height: 800 });
      await settled(page);
      expect.soft(await scrollsSideways(page), `${theme}, ${width} px`).toBe(false);
      expect.soft(await allFaults(page), `${theme}, ${width} px`).toEqual([]);
    }
    await account.context.close();
  });
});
