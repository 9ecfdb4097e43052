/** What the charts of the overview and of a key show. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { wrongCode } from './codes.ts';
import { chromiumPath, type Site, startSite, type View } from './server.ts';
import { enrol, type SignedIn, signedIn } from './signed-in.ts';

let site: Site;
beforeAll(async () => {
  if (chromiumPath !== null) site = await startSite();
});
afterAll(() => site?.end());

/** An account with one key, which has had one wrong code checked. */
async function withRefusal(view?: View): Promise<SignedIn & { keyId: string }> {
  const account = await signedIn(site, view);
  account.context.setDefaultTimeout(15_000);
  const { apiKey, id } = await account.call('POST', '/api/keys', { name: 'web shop' });
  const secret = await enrol(account, 'ada');
  const checked = await account.context.request.post('/api/totp/validate', {
    headers: { authorization: `Bearer ${apiKey}` },
    data: { clientId: 'ada', token: wrongCode(secret) },
  });
  expect(checked.status()).toBe(200);
  return { ...account, keyId: id as string };
}

// Always behind UTC, and always twelve hours or more ahead of it.
describe.skipIf(chromiumPath === null).each(['America/New_York', 'Pacific/Auckland'])(
  'a chart of days, in %s',
  (timeZone) => {
    test('names the days of UTC that the server counts by', async () => {
      const { page, context, call, keyId } = await withRefusal({ timeZone });
      const { buckets } = (await call('GET', '/api/stats?range=30d')) as {
        buckets: { start: string; refused: number }[];
      };
      const counted = buckets.find(({ refused }) => refused === 1)?.start ?? expect.fail('not counted');
      const day = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeZone: 'UTC' }).format(
        new Date(counted),
      );

      await page.goto('/dashboard?range=30d');
      await page.getByText(`${day}: 0 codes accepted, 1 refused.`).waitFor();
      await page.getByText('Days in UTC.').waitFor();
      // Counted with the tree of the log, a second or so later.
      const ofKey = async () => {
        await page.goto(`/dashboard/keys/${keyId}`);
        await page.getByText('Days in UTC.').waitFor();
        return page.getByText(`${day}: 0 codes accepted, 1 refused.`).count();
      };
      await expect.poll(ofKey).toBe(1);
      await context.close();
    });
  },
);
