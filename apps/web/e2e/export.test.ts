/**
 * Exporting in the dashboard: who is asked what, what is in the file, and that no secret is on the page. Seen to fail:
 * without the tick's condition a plain file left at once; with the old session kept, its cookie went on.
 */
import { readFile } from 'node:fs/promises';
import { parseFile } from '@kanda/formats';
import { encodeBase32 } from '@kanda/otp';
import type { Page } from '@playwright/test';
import { Decrypter, generateX25519Identity, identityToRecipient } from 'age-encryption';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { allFaults, settled } from './accessibility.ts';
import { codeAt } from './codes.ts';
import { ageLogIns, type Exporter, exporter, LONG_ENOUGH_MS } from './export-page.ts';
import { chromiumPath, type Site, scrollsSideways, startSite } from './server.ts';
import { PASSWORD, signedIn } from './signed-in.ts';

let site: Site;
let identity: string;
let recipient: string;
beforeAll(async () => {
  if (chromiumPath === null) return;
  site = await startSite({ env: { KANDA_SECRET_EXPORT: 'on' } });
  identity = await generateX25519Identity();
  recipient = await identityToRecipient(identity);
});
afterAll(() => site?.end());

const submit = (page: Page) => page.getByRole('button', { name: /^Export/ }).click();

async function downloaded(page: Page, begin: () => Promise<unknown>) {
  const [download] = await Promise.all([page.waitForEvent('download'), begin()]);
  return { name: download.suggestedFilename(), bytes: await readFile(await download.path()) };
}

async function opened(bytes: Buffer): Promise<Buffer> {
  const decrypter = new Decrypter();
  decrypter.addIdentity(identity);
  return Buffer.from(await decrypter.decrypt(bytes));
}

async function secretsIn(bytes: Buffer): Promise<string[]> {
  const { records, problems } = await parseFile(bytes, 'auto');
  expect(problems.filter(({ kind }) => kind === 'refused')).toEqual([]);
  return records.map(({ record }) => encodeBase32(record.secret)).sort();
}

/** Everything that the page shows or keeps. */
async function heldBy({ page }: Exporter): Promise<string> {
  const kept = await page.evaluate(() =>
    JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie]),
  );
  return [kept, await page.content(), page.url()].join('\n');
}

describe.skipIf(chromiumPath === null)('an export in the dashboard', () => {
  test('goes to the age key that was entered, by keyboard alone, and is in the log', async () => {
    const account = await exporter(site);
    const { page } = account;
    expect(await allFaults(page)).toEqual([]);
    await page.getByLabel('Your public key').fill(` ${recipient}\n`);
    const { name, bytes } = await downloaded(page, () => page.getByLabel('Your public key').press('Enter'));
    expect(name).toBe('kanda-export.ndjson.age');
    expect(bytes.toString('latin1')).toContain('age-encryption.org/v1');
    expect(await secretsIn(await opened(bytes))).toEqual(account.secrets);
    await page.getByText('is in your downloads').waitFor();
    expect(await allFaults(page)).toEqual([]);
    const held = await heldBy(account);
    expect(account.secrets.filter((secret) => held.includes(secret))).toEqual([]);
    await page.getByRole('link', { name: 'What the log says of it' }).click();
    await page.locator('main').getByText('Secret exported').locator('visible=true').first().waitFor();
    const { data } = await account.call('GET', '/api/logs?event=client.secret_exported');
    expect(data).toHaveLength(account.secrets.length);
    expect(account.faults).toEqual([]);
    await account.context.close();
  });

  test('asks for password and code when the log-in is older, and ends the session from before', async () => {
    const account = await exporter(site);
    const { page, context } = account;
    const [before] = await context.cookies();
    await ageLogIns(site, 6 * 60_000);
    await page.getByLabel('Your public key').fill(recipient);
    await submit(page);
    const dialog = page.getByRole('dialog', { name: "Confirm that it's you" });
    await dialog.getByLabel('Your password').fill('not the password');
    await dialog.getByLabel('Code from your authenticator app').fill('000000');
    const enter = dialog.getByRole('button', { name: 'Sign in and export' });
    await enter.click();
    await dialog.getByText("That is not this account's password.").waitFor();
    expect(await allFaults(page)).toEqual([]);
    expect((await account.call('GET', '/api/logs?event=account.secrets_exported')).data).toEqual([]);

    await dialog.getByLabel('Your password').fill(PASSWORD);
    await dialog
      .getByLabel('Code from your authenticator app')
      .fill(codeAt(account.factor, Date.now() + 30_000));
    const { bytes } = await downloaded(page, () => enter.click());
    expect(await secretsIn(await opened(bytes))).toEqual(account.secrets);
    expect(await dialog.isVisible()).toBe(false);

    const [after] = await context.cookies();
    expect(after?.value).not.toBe(before?.value);
    const stolen = await fetch(`${site.url}/api/auth/me`, {
      headers: { cookie: `${before?.name}=${before?.value}` },
    });
    expect(stolen.status).toBe(401);
    await account.context.close();
  });

  test('by a key is asked in the same way when the key is made', async () => {
    const account = await exporter(site);
    const { page } = account;
    await page.goto('/dashboard/keys?new=true');
    await page.getByLabel('Name').fill('leaving');
    await page.getByLabel('Export users').check();
    await ageLogIns(site, 6 * 60_000);
    await page.getByRole('button', { name: 'Make key' }).click();
    const dialog = page.getByRole('dialog', { name: "Confirm that it's you" });
    await dialog.getByLabel('Your password').fill(PASSWORD);
    await dialog
      .getByLabel('Code from your authenticator app')
      .fill(codeAt(account.factor, Date.now() + 30_000));
    expect(await allFaults(page)).toEqual([]);
    await dialog.getByRole('button', { name: 'Sign in and make the key' }).click();
    await page.getByText('Your new key').waitFor();
    const { data } = await account.call('GET', '/api/keys');
    expect(data).toEqual([expect.objectContaining({ name: 'leaving' })]);
    await account.context.close();
  });

  test('is not encrypted only after a tick, in another format, and no secret is on the page', async () => {
    const account = await exporter(site);
    const { page } = account;
    await page.getByLabel('Format').selectOption('otpauth');
    await page.getByLabel('Anyone who gets the file').check();
    const button = page.getByRole('button', { name: 'Export without encryption' });
    expect(await button.isDisabled()).toBe(true);
    await page.getByLabel('Anyone who gets the file').press('Enter');
    await page.getByLabel('I understand').check();
    expect(await allFaults(page)).toEqual([]);
    const { name, bytes } = await downloaded(page, () => button.click());
    expect(name).toBe('kanda-export.txt');
    expect(bytes.toString()).toMatch(/^otpauth:\/\/totp\//);
    expect(await secretsIn(bytes)).toEqual(account.secrets);
    await page.getByText(`with ${account.secrets.length} secrets`).waitFor();
    const held = await heldBy(account);
    expect(account.secrets.filter((secret) => held.includes(secret))).toEqual([]);
    expect((await account.call('GET', '/api/logs?event=account.secrets_exported')).data).toHaveLength(1);

    await page.getByLabel('You, with your age key').check();
    await page.getByLabel('Format').selectOption('oath-csv');
    await page.getByLabel('Your public key').fill(recipient);
    const sealed = await downloaded(page, () => submit(page));
    expect(sealed.name).toBe('kanda-export.csv.age');
    expect(await secretsIn(await opened(sealed.bytes))).toEqual(account.secrets);
    expect(account.faults).toEqual([]);
    await account.context.close();
  });

  test('takes no key that age does not know, and asks the server for nothing then', async () => {
    const account = await exporter(site);
    const { page } = account;
    const key = page.getByLabel('Your public key');
    await key.fill(`${recipient.slice(0, -1)}${recipient.endsWith('q') ? 'p' : 'q'}`);
    await submit(page);
    await page.getByText('This is not the public key of an age recipient.').waitFor();
    expect(await key.getAttribute('aria-invalid')).toBe('true');
    expect(await allFaults(page)).toEqual([]);
    expect((await account.call('GET', '/api/logs?event=account.secrets_exported')).data).toEqual([]);
    await account.context.close();
  });

  test('saves nothing of what was cut off, nor of what was stopped', async () => {
    const account = await exporter(site);
    const { page, context } = account;
    const files: string[] = [];
    page.on('download', (download) => files.push(download.suggestedFilename()));
    await page.getByLabel('Anyone who gets the file').check();
    await page.getByLabel('I understand').check();
    await context.route('**/api/totp/export?*', async (route) => {
      const response = await route.fetch();
      await route.fulfill({ response, body: (await response.body()).subarray(0, -20) });
    });
    await submit(page);
    await page.getByText('The connection broke before the export was complete.').waitFor();
    await context.unroute('**/api/totp/export?*');

    await context.route('**/api/totp/export?*', () => page.getByRole('button', { name: 'Cancel' }).click());
    await submit(page);
    await page.getByText('Stopped. Nothing was saved.').waitFor();
    expect(await allFaults(page)).toEqual([]);
    expect(files).toEqual([]);
    await account.context.close();
  });

  test('says what is missing: a second factor, or one that is old enough', async () => {
    const account = await signedIn(site);
    await account.page.goto('/dashboard/clients');
    await account.page.getByRole('link', { name: 'Export' }).click();
    await account.page.getByRole('link', { name: 'Turn it on' }).waitFor();
    expect(await account.page.getByRole('button', { name: /^Export/ }).count()).toBe(0);
    expect(await allFaults(account.page)).toEqual([]);
    await account.context.close();

    const early = await exporter(site, { factorAgeMs: LONG_ENOUGH_MS / 2 });
    await early.page.getByLabel('Your public key').fill(recipient);
    await submit(early.page);
    await early.page.getByText('two-factor login must have been on for 72 hours').waitFor();
    await early.context.close();
  });

  test('can be used in every look', async () => {
    const account = await exporter(site);
    const { page } = account;
    await page.getByLabel('Your public key').fill(recipient);
    await downloaded(page, () => submit(page));
    await page.getByLabel('Anyone who gets the file').check();
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
