import { gzipSync } from 'node:zlib';
import type { Page } from '@playwright/test';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { wrongCode } from './codes.ts';
import { chromiumPath, type Site, startSite } from './server.ts';
import { enrol, signedIn } from './signed-in.ts';

let site: Site;
beforeAll(async () => {
  if (chromiumPath !== null) site = await startSite();
});
afterAll(() => site?.end());

const dialog = (page: Page) => page.getByRole('dialog').last();

/** As a browser does over plain HTTP, or when its owner says no. */
async function refuseClipboard(page: Page, origin: string): Promise<void> {
  const devtools = await page.context().newCDPSession(page);
  const { targetInfo } = await devtools.send('Target.getTargetInfo');
  const { browserContextId = '' } = targetInfo;
  for (const allowWithoutSanitization of [false, true]) {
    const permission = { name: 'clipboard-write', allowWithoutSanitization };
    await devtools.send('Browser.setPermission', { origin, browserContextId, permission, setting: 'denied' });
  }
}

describe.skipIf(chromiumPath === null)('what is shown once', () => {
  test('closing asks, by Esc, by a click outside and by Back', async () => {
    const { page, context } = await signedIn(site);
    await page.goto('/dashboard/keys');
    await page.getByRole('button', { name: 'New key' }).click();
    await page.getByLabel('Name').fill('shown once');
    await page.getByRole('button', { name: 'Make key' }).click();
    await page.getByText('Your new key').waitFor();
    const question = page.getByText('Close without saving the key?');
    const stay = async () => {
      await page.getByRole('button', { name: 'Keep it open' }).click();
      await question.waitFor({ state: 'detached' });
    };

    await page.keyboard.press('Escape');
    await question.waitFor();
    await stay();
    await page.mouse.click(5, 5);
    await question.waitFor();
    await stay();
    await page.goBack();
    await question.waitFor();
    await stay();
    expect(await page.locator('[data-shown-once]').isVisible()).toBe(true);

    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Close without saving' }).click();
    await page.locator('[data-shown-once]').waitFor({ state: 'detached' });
    expect(page.url()).not.toContain('kan_');
    await context.close();
  });

  test('Copy says so only after it was written; where it is refused the text stays selected', async () => {
    const { page, context } = await signedIn(site);
    const makeKey = async () => {
      await page.goto('/dashboard/keys?new=true');
      await page.getByLabel('Name').fill('copied');
      await page.getByRole('button', { name: 'Make key' }).click();
      return page.locator('[data-shown-once]').innerText();
    };
    const origin = { origin: site.url };
    await context.grantPermissions(['clipboard-read', 'clipboard-write'], origin);
    const copied = await makeKey();
    await page.getByRole('button', { name: 'Copy key' }).click();
    await page.getByRole('button', { name: 'Copied' }).waitFor();
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(copied);

    page.once('dialog', (asked) => asked.accept());
    await refuseClipboard(page, site.url);
    const refused = await makeKey();
    await page.getByRole('button', { name: 'Copy key' }).click();
    await page.getByRole('button', { name: 'Press Ctrl+C' }).waitFor();
    expect(await page.evaluate(() => String(getSelection()))).toBe(refused);
    await context.close();
  });
});

describe.skipIf(chromiumPath === null)('a user', () => {
  test('is deleted only after its ID was typed', async () => {
    const account = await signedIn(site);
    await enrol(account, 'user-1');
    const { page } = account;
    await page.goto('/dashboard/clients/user-1');
    await page.getByRole('button', { name: 'Delete', exact: true }).click();
    const confirm = dialog(page).getByRole('button', { name: 'Delete' });
    expect(await confirm.isDisabled()).toBe(true);
    await dialog(page).getByRole('textbox').fill('user-2');
    expect(await confirm.isDisabled()).toBe(true);
    await dialog(page).getByRole('textbox').fill('user-1');
    await confirm.click();
    await page.getByText('No one is enrolled.').waitFor();
    await account.context.close();
  });

  test('that is locked tells until when, and is unlocked from there', async () => {
    const account = await signedIn(site);
    const secret = await enrol(account, 'user-1');
    const token = wrongCode(secret);
    for (let attempt = 0; attempt < 6; attempt++) {
      await account.call('POST', '/api/totp/validate', { clientId: 'user-1', token });
    }
    const { page } = account;
    await page.goto('/dashboard/clients/user-1');
    await page.getByText(/Locked until \d\d:\d\d, for \d+ seconds? more/).waitFor();
    await page.getByRole('button', { name: 'Unlock' }).click();
    await dialog(page).getByRole('button', { name: 'Unlock' }).click();
    await page.getByText('Active', { exact: true }).waitFor();
    await account.context.close();
  });

  test('that exists already keeps the form and says what to do', async () => {
    const account = await signedIn(site);
    await enrol(account, 'user-1');
    const { page } = account;
    await page.goto('/dashboard/clients?new=true');
    await dialog(page).getByLabel('User ID').fill('user-1');
    await dialog(page).getByLabel('Label').fill('alice@example.com');
    await dialog(page).getByLabel('Issuer').fill('MyApp');
    await dialog(page).getByRole('button', { name: 'Enrol' }).click();
    await page.getByText('user-1 is already enrolled. For a lost phone, rotate its secret.').waitFor();
    expect(await dialog(page).getByLabel('Label').inputValue()).toBe('alice@example.com');
    await account.context.close();
  });
});

describe.skipIf(chromiumPath === null)('the log', () => {
  test('holds still while it is read: new events wait until they are asked for', async () => {
    const account = await signedIn(site);
    const secret = await enrol(account, 'user-1');
    const { page } = account;
    await page.goto('/dashboard/logs?live=true');
    const rows = page.locator('tr[data-event]');
    await rows.first().waitFor();
    const before = await rows.count();
    await rows.first().getByRole('button').focus();
    for (let attempt = 0; attempt < 3; attempt++) {
      const token = wrongCode(secret);
      await account.call('POST', '/api/totp/validate', { clientId: 'user-1', token });
    }
    const place = await rows.first().boundingBox();
    await page.getByRole('button', { name: '3 new events' }).waitFor();
    expect(await rows.count()).toBe(before);
    expect(await rows.first().boundingBox()).toEqual(place);
    await page.getByRole('button', { name: '3 new events' }).click();
    await expect.poll(() => rows.count()).toBe(before + 3);
    await page.getByRole('button', { name: 'Live', exact: true }).click();
    await page.waitForURL('**/dashboard/logs');
    expect(await rows.count()).toBe(before + 3);
    expect(account.faults).toEqual([]);
    await account.context.close();
  });

  test('holds still for what happened before the stream stood, and misses none of it', async () => {
    const account = await signedIn(site);
    const secret = await enrol(account, 'user-1');
    const { page } = account;
    const stream = Promise.withResolvers<void>();
    await page.route('**/api/logs/stream*', async (route) => {
      await stream.promise;
      await route.continue();
    });
    await page.goto('/dashboard/logs?live=true');
    const rows = page.locator('tr[data-event]');
    await rows.first().waitFor();
    const before = await rows.count();
    await rows.first().getByRole('button').focus();
    const token = wrongCode(secret);
    await account.call('POST', '/api/totp/validate', { clientId: 'user-1', token });
    stream.resolve();
    await page.getByRole('button', { name: '1 new event' }).waitFor();
    expect(await rows.count()).toBe(before);
    await account.context.close();
  });

  test('keeps its filters in the address: picking adds to the history, typing does not', async () => {
    const account = await signedIn(site);
    await enrol(account, 'user-1');
    const { page } = account;
    await page.goto('/dashboard/logs');
    await page.getByLabel('Event').selectOption('client.registered');
    await page.waitForURL('**/logs?event=client.registered');
    const entries = await page.evaluate(() => history.length);
    await page.getByLabel('User ID').pressSequentially('user-1');
    await page.waitForURL('**/logs?event=client.registered&clientId=user-1');
    expect(await page.evaluate(() => history.length)).toBe(entries);
    expect(await page.locator('tr[data-event]').count()).toBe(1);
    await page.goBack();
    await page.waitForURL('**/logs');
    await account.context.close();
  });

  test('shows one event whole, at an address that can be handed on', async () => {
    const account = await signedIn(site);
    const { page } = account;
    await page.goto('/dashboard/logs');
    await page.getByRole('button', { name: 'Account made' }).click();
    await page.waitForURL('**/logs?id=1');
    const drawer = dialog(page);
    await drawer.getByText(/^\d+ \w+ \d{4}, \d\d:\d\d:\d\d/).waitFor();
    await drawer.getByText(/^req_/).waitFor();
    await drawer.getByRole('tab', { name: 'JSON' }).click();
    const { event } = JSON.parse(await drawer.locator('pre').innerText()) as { event: string };
    expect(event).toBe('account.registered');
    await page.keyboard.press('Escape');
    await page.waitForURL('**/logs');
    await account.context.close();
  });
});

describe.skipIf(chromiumPath === null)('text that others chose', () => {
  const HOSTILE = [
    '<img src=x onerror="document.title=1">',
    '"><script>document.title=2</script>',
    '\u05e9\u05dc\u05d5\u05dd \u0645\u0631\u062d\u0628\u0627',
    '👩‍💻🏳️‍🌈 ok',
    `${'long'.repeat(20)}`,
  ];

  test('is shown as text: labels, issuers, names of keys, user agents', async () => {
    const account = await signedIn(site, { width: 320 });
    for (const [index, text] of HOSTILE.entries()) {
      const name = text.replaceAll(':', '');
      await account.call('POST', '/api/keys', { name: text });
      await enrol(account, `user-${index}`, { label: name, issuer: name });
    }
    const key = await account.call('POST', '/api/keys', { name: 'agent' });
    await fetch(`${site.url}/api/totp/validate`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${key.apiKey}`,
        'content-type': 'application/json',
        'user-agent': '<img src=x onerror="document.title=3">',
      },
      body: JSON.stringify({ clientId: 'user-0', token: '000000' }),
    });
    const { page } = account;
    const harmless = async (path: string, shown: string) => {
      await page.goto(path);
      await page.getByText(shown, { exact: false }).first().waitFor();
      expect(await page.title(), path).toContain('Kanda');
      expect(await page.locator('img').count(), path).toBe(0);
      expect(await page.evaluate(() => document.documentElement.scrollWidth), path).toBeLessThanOrEqual(320);
    };
    for (const [index, text] of HOSTILE.entries()) {
      await harmless(`/dashboard/clients/user-${index}`, text.replaceAll(':', ''));
    }
    await harmless('/dashboard/clients', HOSTILE[0] ?? '');
    await harmless('/dashboard/keys', HOSTILE[1] ?? '');
    await page.goto('/dashboard/logs');
    await page.getByRole('button', { name: 'Code checked' }).click();
    await dialog(page).getByText('<img src=x onerror="document.title=3">').waitFor();
    expect(account.faults).toEqual([]);
    await account.context.close();
  });
});

describe.skipIf(chromiumPath === null)('when something is wrong', () => {
  test('old data stays, and says from when it is; Retry brings the new', async () => {
    const account = await signedIn(site);
    await enrol(account, 'user-1');
    const { page } = account;
    await page.goto('/dashboard/clients');
    await page.getByText('user-1').waitFor();
    await page.context().setOffline(true);
    await page.getByLabel('Status').selectOption('active');
    await page.getByText(/Can't reach the server\./).waitFor();
    await page.context().setOffline(false);
    await page.getByRole('button', { name: 'Retry' }).click();
    await page.getByText(/Can't reach the server\./).waitFor({ state: 'detached' });
    await page.getByRole('link', { name: 'user-1' }).waitFor();
    await account.context.close();
  });
});

describe.skipIf(chromiumPath === null)('the keyboard', () => {
  test('goes to pages and rows, does nothing while one types, and can be switched off', async () => {
    const account = await signedIn(site);
    await enrol(account, 'user-1');
    await enrol(account, 'user-2');
    const { page } = account;
    await page.goto('/dashboard');
    await page.getByRole('heading', { name: 'Overview' }).waitFor();
    await page.keyboard.press('?');
    await dialog(page).getByText('Next row').waitFor();
    await page.keyboard.press('Escape');
    await page.keyboard.press('g');
    await page.keyboard.press('c');
    await page.getByRole('heading', { name: 'Users' }).waitFor();
    await page.getByRole('link', { name: 'user-1' }).waitFor();
    await page.keyboard.press('/');
    await page.keyboard.type('gk');
    await page.waitForURL('**/dashboard/clients?q=gk');
    await page.keyboard.press('ControlOrMeta+a');
    await page.keyboard.press('Delete');
    await page.waitForURL('**/dashboard/clients');
    await page.getByRole('link', { name: 'user-1' }).waitFor();
    await page.locator('h1').click();
    await page.keyboard.press('j');
    await page.keyboard.press('j');
    await page.keyboard.press('Enter');
    await page.waitForURL('**/dashboard/clients/user-1');

    await page.goto('/dashboard/settings/keyboard');
    await page.getByLabel('Single keys do something').uncheck();
    await page.locator('h1').click();
    await page.keyboard.press('?');
    await page.keyboard.press('g');
    await page.keyboard.press('o');
    expect(page.url()).toContain('/settings/keyboard');
    expect(await page.getByRole('dialog').count()).toBe(0);
    await account.context.close();
  });
});

describe.skipIf(chromiumPath === null)('the first view', () => {
  test('asks for 200 kB of JavaScript at most', async () => {
    const account = await signedIn(site);
    await enrol(account, 'user-1');
    const { page } = account;
    const scripts: Promise<Buffer>[] = [];
    page.on('response', (response) => {
      if (response.url().endsWith('.js')) scripts.push(response.body());
    });
    await page.goto('/dashboard');
    await page.getByText('Last events').waitFor();
    const sizes = (await Promise.all(scripts)).map((script) => gzipSync(script).length);
    expect(sizes.length).toBeGreaterThan(1);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(200_000);
    await account.context.close();
  });
});
