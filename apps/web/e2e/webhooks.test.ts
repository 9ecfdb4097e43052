/** The dashboard's webhooks, with a receiver that verifies what it gets. */
import type { Page } from '@playwright/test';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { verifyWebhook } from '../../../packages/sdk/src/webhooks.ts';
import { allFaults } from './accessibility.ts';
import { chromiumPath, type Site, scrollsSideways, startSite } from './server.ts';
import { enrol, type SignedIn, signedIn } from './signed-in.ts';
import { type Receiver, startReceiver } from './webhook-receiver.ts';

let site: Site;
let receiver: Receiver;
beforeAll(async () => {
  if (chromiumPath === null) return;
  receiver = await startReceiver();
  site = await startSite({ env: { KANDA_WEBHOOK_ALLOW: '127.0.0.1' } });
});
afterAll(async () => {
  await site?.end();
  await receiver?.end();
});

const dialog = (page: Page) => page.getByRole('dialog').last();
const said = (page: Page, text: string | RegExp) =>
  page.getByText(text).filter({ visible: true }).first().waitFor();
const pick = async (page: Page, action: string) => {
  await page.getByRole('button', { name: 'Actions' }).click();
  await page.getByRole('menuitem', { name: action }).click();
};

describe.skipIf(chromiumPath === null)('webhooks', () => {
  test('are made with a filter, by the keyboard; the secret is shown once and signs', async () => {
    const account = await signedIn(site);
    const { page } = account;
    receiver.answer = 204;
    await page.goto('/dashboard');
    await page.getByRole('heading', { name: 'Overview' }).waitFor();
    await page.keyboard.press('g');
    await page.keyboard.press('w');
    await said(page, 'No webhooks.');
    expect(await page.getByRole('link', { name: 'how to receive it' }).getAttribute('href')).toBe(
      '/docs/guides/webhooks',
    );
    await page.keyboard.press('n');
    await dialog(page).waitFor();
    await page.keyboard.type('http://10.0.0.1/private');
    await page.keyboard.press('Enter');
    await dialog(page)
      .getByRole('alert')
      .getByText(/10\.0\.0\.1|http:/)
      .waitFor();
    await page.keyboard.press('ControlOrMeta+a');
    await page.keyboard.type(`${receiver.url}/hook`);
    await page.keyboard.press('Tab');
    await page.keyboard.press('ArrowDown');
    await dialog(page).getByText('Users and their codes').waitFor();
    await page.getByRole('checkbox', { name: 'User enrolled' }).check();
    await page.getByLabel('URL').press('Enter');
    const secret = await page.locator('[data-shown-once]').innerText();
    expect(secret).toMatch(/^whsec_/);

    await page.keyboard.press('Escape');
    await page.getByText('Close without saving the secret?').waitFor();
    await page.getByRole('button', { name: 'Keep it open' }).click();
    await page.getByLabel('I have saved this secret').check();
    await page.getByRole('button', { name: 'Done' }).click();
    await page.getByRole('link', { name: `${receiver.url}/hook` }).waitFor();
    expect(await page.content()).not.toContain(secret);
    const [made] = (await account.call('GET', '/api/webhooks')).data as { events: string[] }[];
    expect(made?.events.toSorted()).toEqual([
      'client.deleted',
      'client.locked',
      'client.registered',
      'client.unlocked',
    ]);

    await page.keyboard.press('j');
    await page.keyboard.press('Enter');
    await page.waitForURL('**/dashboard/webhooks/whk_*');
    await page.getByRole('button', { name: 'Send a test' }).press('Enter');
    await said(page, /Test message: Delivered: answered 204 after \d+ ms\./);
    const message = await messageOf('webhook.test', secret);
    expect(message.type).toBe('webhook.test');
    expect(account.faults).toEqual([]);
    await account.context.close();
  });

  test('are changed, switched off and on, turned, and deleted after their host was typed', async () => {
    const account = await signedIn(site);
    const { page } = account;
    receiver.answer = 204;
    const { secret: old } = await make(account, '/first');
    await openOnly(page);
    await page.getByRole('button', { name: 'Change' }).click();
    await page.getByLabel('URL').fill(`${receiver.url}/second`);
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('heading', { name: `${receiver.url}/second` }).waitFor();
    expect(await one(account)).toMatchObject({ url: `${receiver.url}/second`, events: null });

    await pick(page, 'Switch off');
    await dialog(page).getByRole('button', { name: 'Switch off' }).click();
    await said(page, 'You switched it off. Nothing is sent.');
    expect(await one(account)).toMatchObject({ status: 'off', offReason: 'asked' });
    await page.getByRole('button', { name: 'Switch on' }).click();
    await page.getByRole('button', { name: 'Switch on' }).waitFor({ state: 'detached' });
    expect(await one(account)).toMatchObject({ offReason: null });

    await pick(page, 'Turn the secret');
    await dialog(page).getByText('stays valid for 24 hours').waitFor();
    await dialog(page).getByRole('button', { name: 'Turn secret' }).click();
    const fresh = await page.locator('[data-shown-once]').innerText();
    expect(fresh).not.toBe(old);
    await page.getByLabel('I have saved this secret').check();
    await page.getByRole('button', { name: 'Done' }).click();
    await said(page, 'The old secret signs along until');
    await page.getByRole('button', { name: 'Send a test' }).click();
    await said(page, 'Test message: Delivered');
    for (const secret of [String(old), fresh])
      expect((await messageOf('webhook.test', secret)).type).toBe('webhook.test');

    await pick(page, 'Delete');
    const end = dialog(page).getByRole('button', { name: 'Delete' });
    expect(await end.isDisabled()).toBe(true);
    await dialog(page).getByRole('textbox').fill(new URL(receiver.url).host);
    await end.click();
    await said(page, 'No webhooks.');
    expect((await account.call('GET', '/api/webhooks')).data).toEqual([]);
    expect(account.faults).toEqual([]);
    await account.context.close();
  });

  test('show that they fail and since when, each attempt with its error, and send an event again', async () => {
    const account = await signedIn(site);
    const { page } = account;
    receiver.answer = 500;
    await make(account, '/failing', ['client.registered']);
    await enrol(account, 'user-1');
    await until(async () => (await one(account)).status === 'failing');
    await page.goto('/dashboard/webhooks');
    const row = page.locator('tr[data-row]');
    await row.getByText('Failing', { exact: true }).waitFor();
    await row.getByText('just now').filter({ visible: true }).waitFor();
    await row.getByRole('link').click();
    await said(page, 'Failing since');
    const first = page.locator('tr[data-delivery="1"]');
    await first.getByText('User enrolled').waitFor();
    await first.getByText('answered 500').filter({ visible: true }).waitFor();

    await first.getByRole('button', { name: /^Resend event/ }).click();
    await first.getByText(/Sent again: Not delivered after \d+ ms: answered 500\./).waitFor();
    receiver.answer = 204;
    await first.getByRole('button', { name: /^Resend event/ }).click();
    await first.getByText(/Sent again: Delivered: answered 204/).waitFor();
    await page.getByRole('button', { name: 'Refresh' }).click();
    await page
      .locator('tr[data-delivery]')
      .getByText('Delivered')
      .filter({ visible: true })
      .first()
      .waitFor();
    expect(account.faults).toEqual([]);
    await account.context.close();
  });

  test('belong to the half in which they are made', async () => {
    const account = await signedIn(site);
    const { page } = account;
    receiver.answer = 204;
    await make(account, '/live');
    await page.goto('/dashboard/webhooks');
    await said(page, '/live');
    await page.getByRole('button', { name: 'Test half' }).click();
    await said(page, 'Made-up users, and a clock of its own.');
    await page.goto('/dashboard/webhooks?new=true');
    await page.getByRole('dialog', { name: 'New test webhook' }).waitFor();
    await page.getByLabel('URL').fill(`${receiver.url}/test`);
    await page.getByRole('button', { name: 'Make webhook' }).click();
    await page.getByLabel('I have saved this secret').check();
    await page.getByRole('button', { name: 'Done' }).click();
    await page.getByRole('link', { name: '/test' }).click();
    await page.getByRole('button', { name: 'Send a test' }).click();
    await said(page, 'Test message: Delivered');
    expect(receiver.received.at(-1)?.headers['kanda-mode']).toBe('test');
    await page.goto('/dashboard/webhooks');
    await page.getByRole('link', { name: '/test' }).waitFor();
    expect(await page.getByText('/live').count()).toBe(0);
    await account.context.close();
  });

  test('of a server that is down, and one that is gone, say so', async () => {
    const account = await signedIn(site);
    const { page } = account;
    await page.goto('/dashboard/webhooks/whk_abcdefghijklmnop');
    await said(page, 'No such webhook');
    await page.goto('/dashboard/webhooks/nonsense');
    await said(page, 'No such webhook');
    expect(account.faults).toEqual([]);
    await page.route('**/api/webhooks', (route) => route.abort());
    await page.goto('/dashboard/webhooks');
    await said(page, "Can't reach the server.");
    await page.unroute('**/api/webhooks');
    await page.getByRole('button', { name: 'Retry' }).click();
    await said(page, 'No webhooks.');
    await account.context.close();
  });

  test('of a server that sends none are shown, and a test says why nothing came', async () => {
    const silent = await startSite({ env: { KANDA_WEBHOOK_ALLOW: '127.0.0.1', KANDA_WEBHOOKS: 'off' } });
    const account = await signedIn(silent);
    const { page } = account;
    const before = receiver.received.length;
    await make(account, '/silent');
    await openOnly(page);
    await page.getByRole('button', { name: 'Send a test' }).click();
    await said(page, 'this server sends no webhooks (KANDA_WEBHOOKS=off)');
    expect(receiver.received).toHaveLength(before);
    expect(account.faults).toEqual([]);
    await silent.browser.close();
  });

  test('are readable by all: light and dark, wide and narrow', async () => {
    const account = await signedIn(site);
    const { page } = account;
    await look(page, '/dashboard/webhooks', 'No webhooks.');
    receiver.answer = 500;
    await make(account, `/${'a-long-path'.repeat(12)}`, ['client.registered', 'client.locked']);
    await enrol(account, 'user-1');
    await until(async () => (await one(account)).status === 'failing');
    const { id } = await one(account);
    await account.call('POST', `/api/webhooks/${id}/test`);
    await look(page, '/dashboard/webhooks', 'Failing');
    await look(page, `/dashboard/webhooks/${id}`, 'Test message');
    await account.call('PATCH', `/api/webhooks/${id}`, { enabled: false });
    await look(page, `/dashboard/webhooks/${id}`, 'You switched it off.');
    await look(page, '/dashboard/webhooks?new=true', 'It sends', () => page.getByLabel('Only these').check());
    expect(account.faults).toEqual([]);
    await account.context.close();
  });
});

async function look(page: Page, path: string, shown: string, prepare?: () => Promise<void>): Promise<void> {
  await page.setViewportSize({ width: 1280, height: 800 });
  await page.goto(path);
  await said(page, shown);
  await prepare?.();
  for (const width of [1280, 320]) {
    await page.setViewportSize({ width, height: 800 });
    for (const theme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme: theme });
      const name = `${path}, ${theme}, ${width} px`;
      expect.soft(await allFaults(page), name).toEqual([]);
      expect.soft(await scrollsSideways(page), name).toBe(false);
      const folder = process.env.WEBHOOK_PICTURES;
      if (folder !== undefined)
        await page.screenshot({
          path: `${folder}/${shown.slice(0, 9)}-${width}-${theme}.png`,
          fullPage: true,
        });
    }
  }
}

async function make(account: SignedIn, path: string, events?: string[]): Promise<Record<string, unknown>> {
  const filter = events === undefined ? {} : { events };
  return account.call('POST', '/api/webhooks', { url: `${receiver.url}${path}`, ...filter });
}

/** The account's one webhook, as the API has it. */
async function one(account: SignedIn): Promise<Record<string, unknown>> {
  const { data } = await account.call('GET', '/api/webhooks');
  return (data as Record<string, unknown>[])[0] ?? {};
}

async function openOnly(page: Page): Promise<void> {
  await page.goto('/dashboard/webhooks');
  await page.locator('tr[data-row]').getByRole('link').click();
  await page.getByRole('button', { name: 'Send a test' }).waitFor();
}

/** The newest message of a type, once its signature was verified with the secret. */
async function messageOf(type: string, secret: string) {
  const found = receiver.received.findLast(({ body }) => body.includes(`"${type}"`));
  if (found === undefined) throw new Error(`no message of the type ${type}`);
  return verifyWebhook(found.body, found.headers, secret);
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 200));
}
