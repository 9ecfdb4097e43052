import { setTimeout as sleep } from 'node:timers/promises';
import type { Page } from '@playwright/test';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { allFaults } from './accessibility.ts';
import { codeAt, codeOfCounter, wrongCode } from './codes.ts';
import { chromiumPath, type Site, startSite } from './server.ts';
import { enrol, NAMES, type SignedIn, signedIn } from './signed-in.ts';

let site: Site;
beforeAll(async () => {
  if (chromiumPath !== null) site = await startSite();
});
afterAll(() => site?.end());

/** 80 bits: what many applications made by default. */
const SHORT_SECRET = 'JBSWY3DPEHPK3PXP';
const TOKEN_SECRET = 'KRSXG5CTMVRXEZLUKRSXG5CTMVRXEZLU';
const STEP_MS = 30_000;

const dialog = (page: Page) => page.getByRole('dialog').last();
/** Toasts are items of a list, too. */
const row = (page: Page, name: string) =>
  page.getByRole('list', { name: 'Authenticators of' }).getByRole('listitem').filter({ hasText: name });

/** The key that is written beside the QR code. */
async function shownSecret(page: Page): Promise<string> {
  await page.getByText('Scan this code').waitFor();
  return (await dialog(page).locator('code').first().innerText()).replaceAll(' ', '');
}

async function typeCode(page: Page, code: string): Promise<void> {
  await page.getByLabel('Then type the code it shows').fill(code);
  await page.getByRole('button', { name: 'Check code' }).click();
}

async function change(page: Page, name: string, how: string): Promise<void> {
  await page.getByRole('button', { name: `Change ${name}` }).click();
  await page.getByRole('menuitem', { name: how }).click();
}

function validate(account: SignedIn, clientId: string, token: string) {
  return account.call('POST', '/api/totp/validate', { clientId, token });
}

describe.skipIf(chromiumPath === null)('an enrolment', () => {
  test('waits for its first code, shows the same key again, and counts from then on', async () => {
    const account = await signedIn(site);
    const { page } = account;
    await page.goto('/dashboard/clients?new=true');
    await dialog(page).getByLabel('User ID').fill('user-1');
    await dialog(page).getByLabel('Label').fill('alice@example.com');
    await dialog(page).getByLabel('Issuer').fill('MyApp');
    await dialog(page).getByRole('button', { name: 'Enrol' }).click();
    const secret = await shownSecret(page);
    await dialog(page).getByText('every code of user-1 is refused').waitFor();
    expect(await allFaults(page)).toEqual([]);
    const early = await validate(account, 'user-1', codeAt(secret, Date.now()));
    expect(early).toEqual({ valid: false, reason: 'pending' });
    await dialog(page).getByRole('button', { name: 'Finish later' }).click();

    // The filter finds it, and its page takes it up where it was left.
    await page.getByLabel('Status').selectOption('pending');
    await page.waitForURL('**/dashboard/clients?status=pending');
    await page.getByRole('link', { name: 'user-1' }).click();
    await page.getByText('user-1 cannot log in yet').waitFor();
    await page.getByRole('button', { name: 'Confirm' }).click();
    expect(await shownSecret(page)).toBe(secret);
    await typeCode(page, wrongCode(secret));
    await page.getByText('4 attempts left.').waitFor();
    // Of a phone whose clock is a minute ahead; early in a step, so that it is two steps when the code arrives.
    while (Date.now() % STEP_MS > (2 / 3) * STEP_MS) await sleep(1_000);
    await typeCode(page, codeAt(secret, Date.now() + 2 * STEP_MS));
    await page.getByText('user-1 can log in with this authenticator.').waitFor();
    await page.getByText('the clock of this phone is 2 steps (60 seconds) fast').waitFor();
    expect(await allFaults(page)).toEqual([]);
    await page.getByRole('button', { name: 'Done' }).click();
    await page.getByText('In use').waitFor();
    expect(await page.getByText('user-1 cannot log in yet').count()).toBe(0);
    expect(account.faults).toEqual([]);
    await account.context.close();
  });

  test('with a secret that a phone has already can skip the first code', async () => {
    const account = await signedIn(site);
    const { page } = account;
    await page.goto('/dashboard/clients?new=true');
    await dialog(page).getByLabel('User ID').fill('user-1');
    await dialog(page).getByLabel('Label').fill('alice@example.com');
    await dialog(page).getByLabel('Issuer').fill('MyApp');
    await dialog(page).getByText('Advanced').click();
    await dialog(page).getByLabel('Existing secret').fill(SHORT_SECRET);
    await dialog(page).getByLabel('Skip the first code').check();
    await dialog(page).getByRole('button', { name: 'Enrol' }).click();
    await dialog(page).getByText('tick the box below').waitFor();
    await dialog(page).getByLabel('Allow a short secret').check();
    await dialog(page).getByRole('button', { name: 'Enrol' }).click();
    await page.getByText('I have scanned or saved this secret').waitFor();
    expect(await validate(account, 'user-1', codeAt(SHORT_SECRET, Date.now()))).toEqual({ valid: true });
    await account.context.close();
  });

  test('that is cancelled takes its client with it', async () => {
    const account = await signedIn(site);
    await enrol(account, 'user-1', { confirm: true });
    const { page } = account;
    await page.goto('/dashboard/clients/user-1');
    await page.getByRole('button', { name: 'Cancel it' }).click();
    await dialog(page).getByText('so the user goes with it').waitFor();
    await dialog(page).getByRole('button', { name: 'Cancel it' }).click();
    await page.getByText('No one is enrolled.').waitFor();
    await account.context.close();
  });
});

describe.skipIf(chromiumPath === null)('the authenticators of a client', () => {
  test('are added, renamed and removed, but never the last', async () => {
    const account = await signedIn(site);
    const { page } = account;
    const first = await enrol(account, 'user-1', { name: 'Work phone' });
    await page.goto('/dashboard/clients/user-1');
    await page.getByRole('button', { name: 'Add', exact: true }).click();
    await dialog(page).getByLabel('Name').fill('Spare');
    await dialog(page).getByRole('button', { name: 'Show QR code' }).click();
    const second = await shownSecret(page);
    expect(second).not.toBe(first);
    await typeCode(page, codeAt(second, Date.now()));
    await page.getByText('Spare is in use.').waitFor();
    await page.getByRole('button', { name: 'Done' }).click();
    expect(await validate(account, 'user-1', codeAt(first, Date.now()))).toEqual({ valid: true });

    await change(page, 'Spare', 'Rename');
    await dialog(page).getByLabel('Name').fill('Old phone');
    await dialog(page).getByRole('button', { name: 'Rename' }).click();
    await row(page, 'Old phone').waitFor();
    await change(page, 'Work phone', 'Remove');
    await dialog(page).getByRole('button', { name: 'Remove' }).click();
    await row(page, 'Work phone').waitFor({ state: 'detached' });
    await change(page, 'Old phone', 'Remove');
    await page.getByText('It is the only authenticator in use').waitFor();
    expect(await dialog(page).getByRole('button', { name: 'Remove' }).count()).toBe(0);
    expect(account.faults).toEqual([]);
    await account.context.close();
  });

  test('with a weak secret are marked, and replaced while the old secret still works', async () => {
    const account = await signedIn(site);
    const { page } = account;
    const weak = { secret: SHORT_SECRET, allowShortSecret: true, name: 'Work phone' };
    await account.call('POST', '/api/totp/register', { clientId: 'user-1', ...NAMES, ...weak });
    await enrol(account, 'user-2');
    await page.goto('/dashboard/clients');
    await page.getByRole('link', { name: 'user-2' }).waitFor();
    await page.getByLabel('Weak secrets only').check();
    await page.waitForURL('**/dashboard/clients?weak=true');
    await page.getByRole('link', { name: 'user-2' }).waitFor({ state: 'detached' });
    await page.getByRole('link', { name: 'user-1' }).click();
    await row(page, 'Work phone').getByText('Weak secret', { exact: true }).waitFor();
    await page.getByRole('button', { name: 'Replace' }).click();
    await dialog(page).getByRole('button', { name: 'Show QR code' }).click();
    const secret = await shownSecret(page);
    expect(await validate(account, 'user-1', codeAt(SHORT_SECRET, Date.now()))).toEqual({ valid: true });
    await typeCode(page, codeAt(secret, Date.now()));
    await page.getByText('The new secret is in use; the old one no longer works.').waitFor();
    await page.getByRole('button', { name: 'Done' }).click();
    await row(page, 'Work phone').getByText('Weak secret', { exact: true }).waitFor({ state: 'detached' });
    // Its next code was never used: it is refused since the secret is gone.
    const next = codeAt(SHORT_SECRET, Date.now() + STEP_MS);
    expect((await validate(account, 'user-1', next)).valid).toBe(false);
    await account.context.close();
  });

  test('can be a hardware token, by its secret and its counter', async () => {
    const account = await signedIn(site);
    const { page } = account;
    await enrol(account, 'user-1', { name: 'Work phone' });
    await page.goto('/dashboard/clients/user-1');
    await page.getByRole('button', { name: 'Add', exact: true }).click();
    await dialog(page).getByLabel('Kind').selectOption('hotp');
    await dialog(page).getByLabel('Name').fill('Token 4711');
    await dialog(page).getByLabel('Secret').fill(TOKEN_SECRET);
    await dialog(page).getByLabel('Counter').fill('7');
    await dialog(page).getByRole('button', { name: 'Go on' }).click();
    await dialog(page).getByText('Until the right code is typed here').waitFor();
    expect(await dialog(page).locator('[data-qr]').count()).toBe(0);
    await dialog(page).getByLabel('Press its button and type the code').fill(codeOfCounter(TOKEN_SECRET, 7));
    await page.getByRole('button', { name: 'Check code' }).click();
    await page.getByText('Token 4711 is in use.').waitFor();
    await page.getByRole('button', { name: 'Done' }).click();
    await row(page, 'Token 4711').getByText('Hardware token (HOTP)').waitFor();
    const next = codeOfCounter(TOKEN_SECRET, 8);
    expect(await validate(account, 'user-1', next)).toEqual({ valid: true });
    await account.context.close();
  });

  test('that get five wrong first codes are over, and begin again with another key', async () => {
    const account = await signedIn(site);
    const { page } = account;
    await enrol(account, 'user-1', { confirm: true });
    await page.goto('/dashboard/clients/user-1');
    await page.getByRole('button', { name: 'Confirm' }).click();
    const secret = await shownSecret(page);
    for (const left of ['4 attempts left.', '3 attempts left.', '2 attempts left.', '1 attempt left.']) {
      await typeCode(page, wrongCode(secret));
      await page.getByText(left).waitFor();
    }
    await typeCode(page, wrongCode(secret));
    await page.getByText('That was the fifth wrong code').waitFor();
    await page.getByRole('button', { name: 'Begin again' }).click();
    const other = await shownSecret(page);
    expect(other).not.toBe(secret);
    await typeCode(page, codeAt(other, Date.now()));
    await page.getByText('user-1 can log in with this authenticator.').waitFor();
    await account.context.close();
  });
});

describe.skipIf(chromiumPath === null)('the recovery codes of a client', () => {
  test('are shown once, printed alone, counted, and deleted', async () => {
    const account = await signedIn(site);
    const { page } = account;
    await enrol(account, 'user-1');
    await page.goto('/dashboard/clients/user-1');
    await page.getByText('There are none.').waitFor();
    await page.getByRole('button', { name: 'Make new codes' }).click();
    await dialog(page).getByRole('button', { name: 'Make new codes' }).click();
    const shown = page.locator('[data-shown-once] li');
    // They come with the answer.
    await shown.nth(9).waitFor();
    const codes = await shown.allInnerTexts();
    expect(codes).toHaveLength(10);
    expect(await allFaults(page)).toEqual([]);
    const link = page.getByRole('link', { name: 'Download' });
    expect(await link.getAttribute('download')).toBe('recovery-codes-user-1.txt');
    expect(decodeURIComponent((await link.getAttribute('href')) ?? '')).toContain(codes.join('\n'));

    // A browser without a screen prints nothing: that it was asked to, and what the paper would show.
    await page.evaluate(() => {
      window.print = () => document.body.setAttribute('data-asked-to-print', '');
    });
    await page.getByRole('button', { name: 'Print' }).click();
    expect(await page.locator('body[data-asked-to-print]').count()).toBe(1);
    await page.emulateMedia({ media: 'print' });
    expect(await page.getByText('Recovery codes of MyApp, alice@example.com').isVisible()).toBe(true);
    expect(await page.getByText(codes[9] as string).isVisible()).toBe(true);
    expect(await page.getByRole('button', { name: 'Print' }).isVisible()).toBe(false);
    await page.emulateMedia({ media: 'screen' });

    await page.getByLabel('I have kept these codes in a safe place').check();
    await page.getByRole('button', { name: 'Done' }).click();
    await page.getByText('10 codes left').waitFor();
    expect(await page.content()).not.toContain(codes[0]);
    const used = await account.call('POST', '/api/totp/validate', {
      ...{ clientId: 'user-1', recoveryCode: codes[0] },
    });
    expect(used.valid).toBe(true);
    await page.reload();
    await page.getByText('9 codes left').waitFor();
    await page.getByRole('button', { name: 'Delete codes' }).click();
    await dialog(page).getByRole('button', { name: 'Delete' }).click();
    await page.getByRole('button', { name: 'Delete codes' }).waitFor({ state: 'detached' });
    expect(account.faults).toEqual([]);
    await account.context.close();
  });
});

describe.skipIf(chromiumPath === null)('a code that does not work', () => {
  test('is looked at on the page of its client, at the price of a wrong code', async () => {
    const account = await signedIn(site);
    const { page } = account;
    const secret = await enrol(account, 'user-9');
    await page.goto('/dashboard/clients/user-9');
    const panel = page.locator('section', { has: page.getByRole('heading', { name: 'work?' }) });
    const look = async (code: string) => {
      await panel.getByLabel('Code from the user').fill(code);
      await panel.getByRole('button', { name: 'Diagnose' }).click();
    };
    await look(codeAt(secret, Date.now() - 20 * STEP_MS));
    await panel.getByText(/ is (19|20|21) steps \(\d+ seconds\) slow/).waitFor();
    expect(await allFaults(page)).toEqual([]);
    const code = codeAt(secret, Date.now());
    await look(code);
    await panel.getByText('right and unused').waitFor();
    expect(await validate(account, 'user-9', code), 'it was not used up').toEqual({ valid: true });
    const { data } = await account.call('GET', '/api/logs?clientId=user-9&event=client.diagnosed');
    expect(data).toHaveLength(2);
    await account.context.close();
  });
});
