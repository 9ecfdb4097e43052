import { chromium, type Page } from '@playwright/test';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { allFaults } from './accessibility.ts';
import { codeAt } from './codes.ts';
import { chromiumPath, type Site, startSite } from './server.ts';
import { PASSWORD, signedIn } from './signed-in.ts';

let site: Site;
beforeAll(async () => {
  if (chromiumPath !== null) site = await startSite();
});
afterAll(() => site?.end());

const dialog = (page: Page) => page.getByRole('dialog').last();

describe.skipIf(chromiumPath === null)('signing in', () => {
  test('the account turns two-factor login on, keeps its recovery codes, and needs a code from then on', async () => {
    const account = await signedIn(site);
    const { page } = account;
    await page.goto('/dashboard/settings/two-factor');
    await page.getByRole('button', { name: 'Turn on' }).click();
    await dialog(page).getByLabel('Your password').fill(PASSWORD);
    await dialog(page).getByRole('button', { name: 'Go on' }).click();
    await page.getByText('Scan this code').waitFor();
    const secret = (await dialog(page).locator('code').first().innerText()).replaceAll(' ', '');
    const used = codeAt(secret, Date.now());
    await dialog(page).getByLabel('Then type the code it shows').fill(used);
    await dialog(page).getByRole('button', { name: 'Check code' }).click();
    await page.getByText('Your recovery codes').waitFor();
    const codes = await page.locator('[data-shown-once] li').allInnerTexts();
    expect(codes).toHaveLength(10);
    await page.getByLabel('I have kept these codes in a safe place').check();
    await page.getByRole('button', { name: 'Done' }).click();
    await page.getByText('10 recovery codes are left').waitFor();

    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByLabel('E-mail').fill(account.email);
    await page.getByLabel('Password').fill(PASSWORD);
    await page.getByRole('button', { name: 'Sign in' }).click();
    const field = page.getByLabel('Code from your authenticator app');
    await field.waitFor();
    expect(await field.evaluate((input) => input === document.activeElement)).toBe(true);
    // The code that turned it on is used up.
    await field.fill(used);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByText("That code didn't work.").waitFor();
    await page.getByRole('button', { name: 'Use a recovery code' }).click();
    await page.getByLabel('Recovery code').fill(codes[0] ?? '');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByText('Overview').first().waitFor();
    // The whole way in looks like no attack. It was a failed sign-in, in red, each time the code was asked for.
    await page.goto('/dashboard/logs?outcome=failure');
    const rows = page.locator('tr[data-row]');
    await rows.first().waitFor();
    // The used code above, and nothing else.
    expect(await rows.count()).toBe(1);
    expect(await rows.first().innerText()).toContain('Wrong code');
    await page.goto('/dashboard/logs?event=account.code_requested');
    await rows.first().getByText('Code asked for at sign-in').waitFor();
    await account.context.close();
  });

  test('leads back to where one wanted to go, and nowhere else', async () => {
    const { page, context, email } = await signedIn(site);
    await context.clearCookies();
    await page.goto('/dashboard/logs?outcome=failure');
    await page.waitForURL('**/signin?next=*');
    const enter = async () => {
      await page.getByLabel('E-mail').fill(email);
      await page.getByLabel('Password').fill(PASSWORD);
      await page.getByRole('button', { name: 'Sign in' }).click();
    };
    await enter();
    await page.waitForURL('**/dashboard/logs?outcome=failure');
    await page.goto('/signin?next=%2F%2Felsewhere.example%2F');
    await enter();
    await page.waitForURL(`${site.url}/dashboard`);
    // On this site, but its path alone would name another host.
    await page.goto('/signin?next=%2F.%2F%2Felsewhere.example%2F');
    await enter();
    await page.waitForURL(`${site.url}//elsewhere.example/`);
    await context.close();
  });

  test('a wrong password is reported in a summary that has the focus', async () => {
    const { page, context } = await site.open('/signin');
    await page.getByLabel('E-mail').fill('unknown@example.com');
    await page.getByLabel('Password').fill('not the right sentence');
    await page.getByRole('button', { name: 'Sign in' }).click();
    const summary = page.locator(':focus', { hasText: "That e-mail and password don't match." });
    await summary.waitFor();
    await summary.getByText(/req_/).waitFor();
    await context.close();
  });
});

describe.skipIf(chromiumPath === null)('before any script of the build has come', () => {
  const withoutScripts = async (path: string) => {
    const opened = await site.open(null);
    const held: string[] = [];
    await opened.page.route('**/assets/*.js', (route) => {
      held.push(route.request().url()); // and never answered
    });
    await opened.page.goto(path, { waitUntil: 'commit' });
    return { ...opened, held };
  };

  // Seen to fail while both were pages of the dashboard's script.
  test.each([
    ['/signin', 'Sign in'],
    ['/signup', 'Sign up'],
  ])('%s shows its form, which sends no password by itself', async (path, name) => {
    const { page, context, held } = await withoutScripts(path);
    await page.getByRole('heading', { name }).waitFor();
    await page.getByLabel('E-mail').fill('early@example.com');
    await page.getByLabel('Password').fill(PASSWORD);
    await page.getByLabel('Password').press('Enter');
    expect(await page.getByRole('button', { name, exact: true }).isDisabled()).toBe(true);
    expect(new URL(page.url()).pathname + new URL(page.url()).search).toBe(path);
    expect(held.length).toBeGreaterThan(1);
    await context.close();
  });

  test('the dashboard shows its frame, in which nothing moves afterwards', async () => {
    const { page, context } = await signedIn(site);
    let held = 0;
    const release = Promise.withResolvers<void>();
    await page.route('**/assets/*.js', async (route) => {
      held++;
      await release.promise;
      await route.continue();
    });
    await page.goto('/dashboard/keys', { waitUntil: 'commit' });
    const link = page.getByRole('link', { name: 'Playground' });
    await link.waitFor();
    await page.getByText('Loading…').waitFor();
    const before = await link.boundingBox();
    expect(held).toBeGreaterThan(1);
    release.resolve();
    await page.getByRole('heading', { name: 'API keys' }).waitFor();
    expect(await link.boundingBox()).toEqual(before);
    await context.close();
  });
});

describe.skipIf(chromiumPath === null)('a password', () => {
  test('can be looked at, and is hidden again when it is sent', async () => {
    const { page, context } = await site.open('/signin');
    await page.getByLabel('E-mail').fill('unknown@example.com');
    const field = page.getByLabel('Password');
    await field.fill('not the right sentence');
    await page.getByRole('button', { name: 'Show password' }).click();
    expect(await field.getAttribute('type')).toBe('text');
    expect(await field.getAttribute('spellcheck')).toBe('false');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByText("That e-mail and password don't match.").waitFor();
    expect(await field.getAttribute('type')).toBe('password');
    expect(await field.inputValue()).toBe('not the right sentence');
    await context.close();
  });

  test('that is lost can be set anew, and the page says by whom', async () => {
    const { page, context } = await site.open('/signin');
    await page.getByText("Lost your password? The server's operator can reset it").waitFor();
    await page.getByText('kanda account reset-password').waitFor();
    await context.close();
  });
});

describe.skipIf(chromiumPath === null)('over plain HTTP', () => {
  test.each(['/signup', '/signin'])(
    '%s has no form that could send a password, and says the way out',
    async (path) => {
      // A name that is not this machine's: browsers trust plain HTTP on loopback names alone.
      const browser = await chromium.launch({
        ...(chromiumPath === null ? {} : { executablePath: chromiumPath }),
        args: ['--no-sandbox', '--disable-gpu', '--host-resolver-rules=MAP kanda.test 127.0.0.1'],
      });
      const { port } = new URL(site.url);
      const page = await (await browser.newContext()).newPage();
      await page.goto(`http://kanda.test:${port}${path}`);
      const why = "This page isn't on HTTPS, so your browser won't keep you signed in.";
      await page.getByText(why).waitFor();
      await page.waitForLoadState('networkidle');
      expect(await page.getByText(why).count()).toBe(1);
      expect(await page.locator('form, input').count()).toBe(0);
      expect(await page.locator('main code').first().innerText()).toBe(
        `ssh -L ${port}:127.0.0.1:${port} kanda.test`,
      );
      const here = page.getByRole('link', { name: 'http://localhost' });
      expect(await here.getAttribute('href')).toBe(`http://localhost:${port}${path}`);
      const docs = await page.getByRole('link', { name: 'proxy' }).getAttribute('href');
      expect((await fetch(`${site.url}${docs}`)).status).toBe(200);
      expect(await allFaults(page)).toEqual([]);
      await browser.close();
    },
  );

  test('a form on a page whose proxy the server does not know sends nothing either', async () => {
    const { page, context } = await site.open(null);
    const sent: string[] = [];
    page.on('request', (request) => {
      if (request.method() === 'POST') sent.push(request.url());
    });
    // What the server tells behind such a proxy, after the form was filled in.
    const told = Promise.withResolvers<void>();
    await page.route('**/api/info', async (route) => {
      await told.promise;
      const answer = await route.fetch();
      await route.fulfill({ response: answer, json: { ...(await answer.json()), cookieLogin: false } });
    });
    await page.goto('/signup');
    await page.getByLabel('E-mail').fill('behind@example.com');
    await page.getByLabel('Password').fill(PASSWORD);
    await page.getByRole('button', { name: 'Sign up' }).click();
    told.resolve();
    await page.getByText("Kanda doesn't know that this page is on HTTPS").waitFor();
    expect(sent).toEqual([]);
    expect(await page.locator('form').count()).toBe(0);
    await context.close();
  });
});
