/** A key that is made on a static page, in its snippets. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openAccount } from '../../../test/support/caller.ts';
import { chromiumPath, type Site, startSite } from './server.ts';

describe.skipIf(chromiumPath === null)('the static pages', () => {
  let site: Site;
  beforeAll(async () => {
    site = await startSite();
  });
  afterAll(() => site?.end());

  test('put a key of who is signed in into the snippets: masked on the screen, whole in the copy', async () => {
    const { email, password } = await openAccount(site.url);
    const { page, context, faults } = await site.open('/');
    await context.grantPermissions(['clipboard-read', 'clipboard-write']);
    await page.evaluate(
      async (credentials) => {
        await fetch('/api/auth/login', {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ ...credentials, session: 'cookie' }),
        });
        localStorage.setItem('kanda-signed-in', 'yes');
      },
      { email, password },
    );
    await page.reload();
    await page.getByRole('link', { name: 'Dashboard', exact: true }).waitFor();
    expect(await page.getByRole('link', { name: 'Sign up' }).isVisible()).toBe(false);
    await page.getByRole('button', { name: 'Make a key' }).click();
    const place = page.locator('.in-language.curl [data-fill="key"]').first();
    await expect.poll(() => place.innerText()).toMatch(/^kan_\w{4}…$/);
    expect(await page.content(), 'no whole key in the page').not.toMatch(/kan_[\w-]{20,}/);
    await page.locator('#content .in-language.curl figure').first().getByRole('button').click();
    await expect
      .poll(() => page.evaluate(() => navigator.clipboard.readText()))
      .toMatch(/^export TOKEN=kan_[\w-]{20,}$/);
    for (const path of ['/docs/guides/lost-phone', '/docs/reference/api/listClients']) {
      await page.goto(path);
      await page.getByRole('radio', { name: 'Python' }).check();
      await page.getByRole('button', { name: 'Make a key' }).click();
      const shown = page.locator('.in-language.py [data-fill="key"]').first();
      await expect.poll(() => shown.innerText(), { message: path }).toMatch(/^kan_\w{4}…$/);
      await page.locator('.in-language.py figure').first().getByRole('button').click();
      await expect
        .poll(() => page.evaluate(() => navigator.clipboard.readText()), { message: path })
        .toMatch(/Kanda\([^)]*"kan_[\w-]{20,}"/);
    }
    await page.goto('/docs/reference/api/logIn');
    await page.getByRole('radio', { name: 'Python' }).check();
    expect(await page.getByRole('button', { name: 'Make a key' }).isVisible(), 'it takes no key').toBe(false);
    expect(faults).toEqual([]);
    await context.close();
  });
});
