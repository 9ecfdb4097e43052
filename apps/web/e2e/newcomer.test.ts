import { execFileSync, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { temporaryFolder } from '../../../test/support/kanda-process.ts';
import { findTool } from '../../../test/support/test-tools.ts';
import { chromiumPath, type Site, startSite } from './server.ts';
import { PASSWORD } from './signed-in.ts';

const oathtool = findTool('oathtool');
const zbarimg = findTool('zbarimg');
const able = chromiumPath !== null && oathtool !== null && zbarimg !== null;

let site: Site;
beforeAll(async () => {
  if (able) site = await startSite();
});
afterAll(() => site?.end());

test.skipIf(!able)('a newcomer goes from signing up to a rotated secret', async () => {
  const { page, context, faults } = await site.open('/signup');
  const folder = temporaryFolder();

  // Signs up, and is signed in at once; under another name each time, as a second try finds what the first has left.
  await page.getByLabel('E-mail').fill(`newcomer-${Date.now()}@example.com`);
  await page.getByLabel('Password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Sign up' }).click();
  await page.getByText('Getting started').waitFor();
  expect(await page.getByText(/^To do:/).count()).toBe(8);

  // Makes an API key, which is shown once and works.
  await page.getByRole('link', { name: 'Make a key' }).click();
  await page.getByLabel('Name').fill('web shop');
  await page.getByRole('button', { name: 'Make key' }).click();
  const apiKey = await page.locator('[data-shown-once]').innerText();
  expect(apiKey).toMatch(/^kan_\w+$/);
  expect(await page.getByRole('button', { name: 'Done' }).isDisabled()).toBe(true);
  await page.getByLabel('I have saved this key').check();
  await page.getByRole('button', { name: 'Done' }).click();
  const me = await fetch(`${site.url}/api/auth/me`, { headers: { authorization: `Bearer ${apiKey}` } });
  expect(me.status).toBe(200);

  // Another window watches the log.
  const watcher = await context.newPage();
  await watcher.goto('/dashboard/logs?live=true&clientId=user-123');
  await watcher.getByText('Nothing matches').waitFor();

  // Enrols a user, scans what is on the screen, and has its code accepted.
  await page.goto('/dashboard');
  await page.getByRole('link', { name: 'Enrol' }).click();
  await page.getByLabel('User ID').last().fill('user-123');
  await page.getByLabel('Label').fill('alice@example.com');
  await page.getByLabel('Issuer').fill('MyApp');
  await page.getByRole('dialog').getByRole('button', { name: 'Enrol' }).click();
  const secret = await scan(page, join(folder, 'enrolled.png'));
  const written = await page.locator('[role="dialog"] code').first().innerText();
  expect(written.replaceAll(' ', '')).toBe(secret);
  const size = () => page.locator('[data-qr]').evaluate((drawn) => drawn.getBoundingClientRect().width);
  const usual = await size();
  await page.getByRole('button', { name: 'Enlarge' }).click();
  await expect.poll(size).toBeGreaterThan(usual * 1.5);
  await check(page, code(secret));
  await page.getByText('Code accepted').waitFor();

  // The other window saw it happen.
  const row = watcher.locator('tr[data-event]', { hasText: 'First code checked' }).first();
  await row.waitFor();
  expect(await row.innerText()).toContain('Success');

  await page.getByRole('button', { name: 'Done' }).click();
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  expect(await page.evaluate(allThatIsKept)).not.toContain(secret);

  // The phone is lost: the secret is rotated, the old one is dead and the new one works.
  await page.getByRole('link', { name: 'user-123' }).click();
  await page.getByRole('button', { name: 'Rotate' }).click();
  await page.getByRole('dialog').getByRole('textbox').fill('user-123');
  await page.getByRole('dialog').getByRole('button', { name: 'Rotate' }).click();
  const rotated = await scan(page, join(folder, 'rotated.png'));
  expect(rotated).not.toBe(secret);
  // The next step's code of the old secret: it was never used, and would be accepted if the secret still lived.
  await check(page, code(secret, 30));
  await page.getByText("That code didn't work.").waitFor();
  await check(page, code(rotated));
  await page.getByText('Code accepted').waitFor();
  await page.getByRole('button', { name: 'Done' }).click();

  // The way is ticked as far as it was gone.
  await page.goto('/dashboard');
  await page.getByText('Getting started').waitFor();
  expect(await page.getByText(/^Done:/).count()).toBe(3);
  expect(faults).toEqual([]);
});

/** What a phone reads from the screen: the secret in the QR code. It looks until it sees one, as a phone does. */
async function scan(page: Page, file: string): Promise<string> {
  await page.getByText('Scan this code').waitFor();
  let read = '';
  await expect
    .poll(async () => {
      writeFileSync(file, await page.screenshot());
      read = spawnSync(zbarimg ?? '', ['--quiet', '--raw', file], { encoding: 'utf8' }).stdout.trim();
      return read;
    })
    .toMatch(/^otpauth:/);
  const url = new URL(read);
  expect(decodeURIComponent(url.pathname)).toContain('MyApp:alice@example.com');
  return url.searchParams.get('secret') ?? '';
}

/** What an independent program shows `later` seconds from now. */
function code(secret: string, later = 0): string {
  const now = new Date(Date.now() + later * 1000).toISOString().replace('T', ' ').slice(0, 19);
  const output = execFileSync(oathtool ?? '', ['--totp', '--base32', `--now=${now} UTC`, secret], {
    encoding: 'utf8',
  });
  return output.trim();
}

async function check(page: Page, typed: string): Promise<void> {
  await page.getByLabel('Then type the code it shows').fill(typed);
  await page.getByRole('button', { name: 'Check code' }).click();
}

/** Everywhere that a page could have left something: address, storage, cookies, and what it shows. */
function allThatIsKept(): string {
  return JSON.stringify([
    location.href,
    { ...localStorage },
    { ...sessionStorage },
    document.cookie,
    history.state,
    document.documentElement.outerHTML,
  ]);
}
