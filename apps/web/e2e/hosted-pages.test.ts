/** A person with a phone, a link, and a page that needs no script. */
import type { Page } from '@playwright/test';
import { decodeQR } from 'qr/decode.js';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { allFaults } from './accessibility.ts';
import { codeAt, wrongCode } from './codes.ts';
import { type Integrator, startIntegrator } from './integrator.ts';
import { chromiumPath, type Site, scrollsSideways, startSite, type View } from './server.ts';
import { enrol, type SignedIn, signedIn } from './signed-in.ts';

const PHONE: View = { width: 390, height: 844, phone: true, javaScript: false };

let site: Site;
let account: SignedIn;
let integrator: Integrator;
beforeAll(async () => {
  if (chromiumPath === null) return;
  site = await startSite();
  account = await signedIn(site);
  integrator = await startIntegrator(account, site.url);
});
afterAll(async () => {
  await integrator?.end();
  await site?.end();
});

let users = 0;
const newUser = () => `user-${++users}`;
const press = (page: Page, name = 'button') => page.locator(`main ${name}.button`).first().click();
const submitCode = async (page: Page, code: string) => {
  await page.locator('input[name="code"]').fill(code);
  await page.locator('input[name="code"]').press('Enter');
};

/** What the app gets when the person taps the link on the phone. */
async function tappedSecret(page: Page): Promise<string> {
  const link = page.locator('a[href^="otpauth:"]').filter({ visible: true });
  const url = new URL((await link.getAttribute('href')) ?? '');
  const secret = url.searchParams.get('secret') ?? '';
  expect(secret).toMatch(/^[A-Z2-7]{32}$/);
  return secret;
}

/** What the app gets when another phone scans the page. */
async function scannedSecret(page: Page): Promise<string> {
  const pixels = await page.locator('.qr img').evaluate((image: HTMLImageElement) => {
    const canvas = document.createElement('canvas');
    canvas.width = image.naturalWidth;
    canvas.height = image.naturalHeight;
    const context = canvas.getContext('2d');
    context?.drawImage(image, 0, 0);
    return [...(context?.getImageData(0, 0, canvas.width, canvas.height).data ?? [])];
  });
  const size = Math.sqrt(pixels.length / 4);
  const text = decodeQR({ width: size, height: size, data: Uint8Array.from(pixels) });
  return new URL(text).searchParams.get('secret') ?? '';
}

/** What a person sees who types the key. */
async function writtenSecret(page: Page): Promise<string> {
  return (await page.locator('.key').innerText()).replaceAll(/\s/g, '');
}

/** Nothing of these is in what the integrator heard or said. */
function expectUnknown(...secrets: readonly string[]): void {
  const all = integrator.traffic.join('\n');
  for (const secret of secrets) expect(all.toLowerCase()).not.toContain(secret.toLowerCase());
}

async function pageOn(url: string, view: View = PHONE) {
  const opened = await site.open(null, view);
  await opened.page.goto(url);
  return opened;
}

describe.skipIf(chromiumPath === null)('a link to enrol', () => {
  test.each([
    ['de', 'ltr', 'Zwei-Faktor-Anmeldung einrichten – MyApp'],
    ['ja', 'ltr', '2 段階認証の設定'],
    ['ar', 'rtl', 'إعداد تسجيل الدخول بخطوتين'],
  ])(
    'on a phone in %s: link, scan or tap, code, recovery codes, and back',
    async (locale, direction, title) => {
      const clientId = newUser();
      const url = await integrator.link({ clientId, purpose: 'enrol', locale, label: 'alice@example.com' });
      const { page, context, faults } = await pageOn(url);
      expect(await page.title()).toContain(title);
      expect(await page.locator('html').getAttribute('dir')).toBe(direction);
      expect(await scrollsSideways(page)).toBe(false);

      await press(page);
      const secret = await tappedSecret(page);
      expect(await writtenSecret(page)).toBe(secret);
      expect(await scannedSecret(page)).toBe(secret);
      expect(await page.getByText('alice@example.com').count()).toBe(1);
      expect(await scrollsSideways(page)).toBe(false);

      await submitCode(page, codeAt(secret, Date.now()));
      const codes = (await page.locator('.codes li').allInnerTexts()).map((code) => code.trim());
      expect(codes).toHaveLength(10);
      expect(await scrollsSideways(page)).toBe(false);

      await press(page, 'a');
      await page.getByText(`Welcome back, ${clientId}: enrol`).waitFor();
      expectUnknown(secret, ...codes, 'otpauth');
      expect(integrator.visits.at(-1)?.referer).toBeUndefined();
      expect(faults.filter((fault) => !fault.includes(integrator.origin))).toEqual([]);

      await page.goto(url);
      expect(await page.locator('main form').count()).toBe(0);
      await context.close();
    },
  );

  test('works once after 50 programs have looked at it', async () => {
    const url = await integrator.link({ clientId: newUser(), purpose: 'enrol' });
    const bodies: string[] = [];
    for (let look = 0; look < 50; look++) {
      const answer = await fetch(url, { headers: { 'user-agent': 'SafeLinks' } });
      expect(answer.status).toBe(200);
      bodies.push(await answer.text());
    }
    expect(new Set(bodies).size).toBe(1);
    expect(bodies[0]).not.toContain('otpauth');
    const { page, context } = await pageOn(url);
    await press(page);
    await submitCode(page, codeAt(await tappedSecret(page), Date.now()));
    await page.locator('.codes').waitFor();
    expect((await fetch(url)).status).toBe(410);
    await context.close();
  });

  test('can be done with the keys of a keyboard alone', async () => {
    const url = await integrator.link({ clientId: newUser(), purpose: 'enrol', locale: 'en' });
    const { page, context } = await pageOn(url, { javaScript: true });
    const focused = (selector: string) =>
      page.evaluate((one) => document.activeElement?.matches(one) === true, selector);
    const tabTo = async (selector: string) => {
      for (let steps = 0; steps < 10; steps++) {
        await page.keyboard.press('Tab');
        if (await focused(selector)) return;
      }
      throw new Error(`Tab does not come to ${selector}.`);
    };
    await tabTo('button.button');
    await page.keyboard.press('Enter');
    await page.locator('.key').waitFor();
    const secret = await writtenSecret(page);
    await tabTo('input[name="code"]');
    await page.keyboard.type(wrongCode(secret));
    await page.keyboard.press('Enter');
    await page.getByRole('alert').waitFor();
    // What is wrong has the focus.
    expect(await focused('input[name="code"][aria-invalid]')).toBe(true);
    await page.keyboard.type(codeAt(secret, Date.now()));
    await page.keyboard.press('Enter');
    await page.locator('.codes').waitFor();
    await tabTo('a.button');
    await page.keyboard.press('Enter');
    await page.getByText('Welcome back').waitFor();
    await context.close();
  });

  test('bears a reload at each step, and the way back', async () => {
    const url = await integrator.link({ clientId: newUser(), purpose: 'enrol', locale: 'en' });
    const { page, context } = await pageOn(url);
    await page.reload();
    await press(page);
    await page.locator('.key').waitFor();
    await page.reload();
    const secret = await writtenSecret(page);
    await page.goBack();
    expect(await page.title()).toContain('Set up two-factor login');
    await press(page);
    await page.locator('.key').waitFor();
    expect(await writtenSecret(page)).toBe(secret);
    await submitCode(page, codeAt(secret, Date.now()));
    const codes = await page.locator('.codes li').allInnerTexts();
    // The form is sent again: it gets the same answer, and the code is not paid twice.
    await page.reload();
    expect(await page.locator('.codes li').allInnerTexts()).toEqual(codes);
    await press(page, 'a');
    await page.getByText('Welcome back').waitFor();
    await page.goto(url);
    expect(await page.title()).toContain('This link has been used');
    await context.close();
  });

  test('shows nothing in a frame of another page', async () => {
    const url = await integrator.link({ clientId: newUser(), purpose: 'enrol' });
    const { page, context } = await pageOn(`${integrator.origin}/frame?src=${encodeURIComponent(url)}`);
    await expect.poll(() => page.frames().length).toBe(2);
    await expect.poll(() => page.frames()[1]?.url()).toBe('chrome-error://chromewebdata/');
    await context.close();
  });

  test('can be given up', async () => {
    const clientId = newUser();
    const url = await integrator.link({ clientId, purpose: 'enrol', locale: 'en' });
    const { page, context } = await pageOn(url);
    await press(page);
    await page.getByRole('button', { name: 'Cancel' }).click();
    expect(await page.title()).toContain('This link was cancelled');
    await expect(account.call('GET', `/api/totp/clients/${clientId}`)).rejects.toThrow('client_not_found');
    await context.close();
  });
});

describe.skipIf(chromiumPath === null)('a link for a code', () => {
  test('takes a code, and leads back', async () => {
    const clientId = newUser();
    const secret = await enrol(account, clientId);
    const { page, context } = await pageOn(await integrator.link({ clientId, purpose: 'challenge' }));
    await press(page);
    const code = codeAt(secret, Date.now());
    await submitCode(page, code);
    await press(page, 'a');
    await page.getByText(`Welcome back, ${clientId}: challenge`).waitFor();
    await context.close();
  });

  test('takes a recovery code in place of it', async () => {
    const clientId = newUser();
    await enrol(account, clientId);
    const made = await account.call('POST', `/api/totp/clients/${clientId}/recovery-codes`, {});
    const [first = ''] = made.codes as string[];
    const { page, context } = await pageOn(
      await integrator.link({ clientId, purpose: 'challenge', locale: 'en' }),
    );
    await press(page);
    await page.getByText('No access to your phone?').click();
    await page.getByLabel('Recovery code').fill('AAAA-BBBB-CCCC');
    await page.getByRole('button', { name: 'Use recovery code' }).click();
    await page.getByRole('alert').waitFor();
    await page.getByLabel('Recovery code').fill(first);
    await page.getByRole('button', { name: 'Use recovery code' }).click();
    await press(page, 'a');
    await page.getByText('Welcome back').waitFor();
    expectUnknown(first);
    await context.close();
  });
});

describe.skipIf(chromiumPath === null)('every page of a link', () => {
  test.each(['en', 'ar'])(
    'has no fault that axe finds, in both themes and at 320 px, in %s',
    async (locale) => {
      const clientId = newUser();
      const url = await integrator.link({ clientId, purpose: 'enrol', locale });
      const { page, context, faults } = await pageOn(url, { width: 320, phone: true });
      const found: string[] = [];
      const look = async (state: string) => {
        for (const colorScheme of ['light', 'dark'] as const) {
          await page.emulateMedia({ colorScheme });
          found.push(...(await allFaults(page)).map((fault) => `${state}, ${colorScheme}: ${fault}`));
          if (await scrollsSideways(page)) found.push(`${state} scrolls sideways`);
        }
      };
      await look('start');
      await press(page);
      await look('enrol');
      const secret = await writtenSecret(page);
      await submitCode(page, wrongCode(secret));
      await look('enrol, wrong');
      await submitCode(page, codeAt(secret, Date.now()));
      await look('recovery codes');
      await page.goto(url);
      await look('used');
      await page.goto(await integrator.link({ clientId, purpose: 'challenge', locale }));
      await press(page);
      await look('challenge');
      await page.locator('summary').click();
      await page.locator('input[name="recoveryCode"]').fill('AAAA-BBBB-CCCC');
      await page.locator('input[name="recoveryCode"]').press('Enter');
      await look('challenge, wrong');
      await submitCode(page, codeAt(secret, Date.now() + 30_000));
      await look('done');
      await page.goto(`${url}x`);
      await look('unknown');
      expect(found).toEqual([]);
      expect(faults.filter((fault) => !/status of 4(?:04|10)/.test(fault))).toEqual([]);
      await context.close();
    },
  );
});
