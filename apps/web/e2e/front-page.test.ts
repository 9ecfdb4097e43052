import type { Page } from '@playwright/test';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { chromiumPath, type Site, startSite } from './server.ts';
import { signedIn } from './signed-in.ts';

describe.skipIf(chromiumPath === null)('the front page', () => {
  let site: Site;
  beforeAll(async () => {
    site = await startSite();
  });
  afterAll(() => site?.end());

  // Seen to fail while it led to "npm start" for everyone.
  test('leads a visitor to where they can go on', async () => {
    const start = (page: Page) => page.locator('[data-start]');
    const stranger = await site.open('/');
    await expect.poll(() => start(stranger.page).getAttribute('href')).toBe('/signup');
    await stranger.context.close();

    const known = await signedIn(site);
    await known.page.goto('/signin');
    await known.page.evaluate(() => localStorage.setItem('kanda-signed-in', 'yes'));
    await known.page.goto('/');
    await expect.poll(() => start(known.page).getAttribute('href')).toBe('/dashboard');
    expect(await start(known.page).innerText()).toBe('Open the dashboard');
    await known.context.close();

    const closed = await startSite({ flags: ['--registration', 'closed'] });
    try {
      const { page } = await closed.open('/');
      await page.waitForLoadState('networkidle');
      expect(await start(page).getAttribute('href')).toBe('/docs');
    } finally {
      await closed.browser.close();
      await closed.kanda.stop();
    }
  });

  test('shows the dashboard in both themes', async () => {
    const { page, context } = await site.open('/');
    const pictures = page.locator('.screens img');
    await pictures.first().scrollIntoViewIfNeeded();
    await expect
      .poll(() => pictures.evaluateAll((all) => all.map((image) => (image as HTMLImageElement).naturalWidth)))
      .toEqual([1120, 1120]);
    await context.close();
  });
});
