import type { Locator } from '@playwright/test';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { chromiumPath, type Site, startSite } from './server.ts';
import { enrol, type SignedIn, signedIn } from './signed-in.ts';

let site: Site;
beforeAll(async () => {
  if (chromiumPath === null) return;
  site = await startSite();
  // The first account has steps about the installation, too, which no page can know of before its first visit.
  await (await signedIn(site)).context.close();
});
afterAll(() => site?.end());

describe.skipIf(chromiumPath === null).each([320, 1280])(
  'the overview while it loads, %d px wide',
  (width) => {
    test("holds the height of a newcomer's checklist", async () => {
      const account = await signedIn(site, { width });
      const { waiting, loaded } = await places(account, ({ checklist }) => [checklist]);
      expect(waiting).toEqual(loaded);
      await account.context.close();
    });

    test('holds that of a checklist which is ticked in part, and of what is below it', async () => {
      const account = await signedIn(site, { width });
      await enrol(account, 'user-1');
      await account.page.goto('/dashboard');
      await account.page.getByText('Getting started').waitFor();
      const { waiting, loaded } = await places(account, ({ checklist, figures, chart }) => [
        checklist,
        figures,
        chart,
      ]);
      expect(waiting).toEqual(loaded);
      await account.context.close();
    });

    test('holds none where the checklist was dismissed', async () => {
      const account = await signedIn(site, { width });
      await enrol(account, 'user-1');
      await account.page.goto('/dashboard');
      await account.page.getByRole('button', { name: 'Dismiss' }).click();
      // The next page would end the call that keeps it.
      await account.page.getByText('Dismissed. Settings, Account').first().waitFor();
      const { waiting, loaded } = await places(account, ({ figures, chart }) => [figures, chart]);
      expect(waiting).toEqual(loaded);
      await account.context.close();
    });

    test('shows how much of its quotas the account uses', async () => {
      const account = await signedIn(site, { width });
      await enrol(account, 'user-1');
      await account.page.goto('/dashboard');
      const quotas = account.page.locator('section', { hasText: 'Quotas' }).last();
      await quotas.getByText('1 of 1,000,000').waitFor();
      await quotas.getByText(/^Storage, estimated$/).waitFor();
      await quotas.getByText(/ of 1 TB$/).waitFor();
      await account.context.close();
    });
  },
);

interface Parts {
  readonly checklist: Locator;
  readonly figures: Locator;
  readonly chart: Locator;
}

/** Where the grey blocks stand while the server has not told the progress, and where these parts stand after it has. */
async function places({ page }: SignedIn, choose: (parts: Parts) => readonly Locator[]) {
  let answer = () => {};
  const told = new Promise<void>((resolve) => {
    answer = resolve;
  });
  await page.route(/\/api\/auth\/getting-started$/, async (route) => {
    await told;
    await route.continue();
  });
  await page.goto('/dashboard');
  const blocks = page.locator('[aria-busy="true"]:not(.invisible) > [aria-hidden="true"]');
  await blocks.first().waitFor();
  await page.evaluate(() => document.fonts.ready.then(() => {}));
  const waiting = await boxes(await blocks.all());
  answer();
  const panel = (name: string) => page.locator('section', { has: page.getByRole('heading', { name }) });
  const parts = {
    checklist: panel('Getting started'),
    figures: page.locator('dl').first(),
    chart: panel('Codes, last 24 hours'),
  };
  const chosen = choose(parts);
  for (const part of chosen) await part.waitFor();
  return { waiting, loaded: await boxes(chosen) };
}

/** To the pixel. */
function boxes(parts: readonly Locator[]): Promise<readonly (readonly number[])[]> {
  return Promise.all(
    parts.map(async (part) => {
      const { x, y, width, height } = (await part.boundingBox()) ?? expect.fail('it is not to be seen');
      return [x, y, width, height].map(Math.round);
    }),
  );
}
