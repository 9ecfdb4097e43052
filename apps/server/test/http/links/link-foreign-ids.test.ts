/**
 * Ids that others own, wherever links and receipts have them: in what is asked for and answered, in the list and its
 * filter, on the page, in the key for the phone, in the log.
 *
 * Seen to fail: with texts put into a page's markup as they are.
 */
import { describe, expect, test } from 'vitest';
import { FOREIGN_IDS } from '../../../../../test/support/foreign-ids.ts';
import { pageTokens } from '../hosted/page-tokens.ts';
import { codeAt, MINUTE, startAppWithAccount } from '../support/start-app.ts';
import { actionsOf, begin, makeLink, resultOn, secretOn, submit, typeCode } from './person.ts';

const { kanda, account } = await startAppWithAccount();
const redeem = async (result: string) =>
  (await account.call('POST', '/api/totp/links/redeem', { result })).json<{ clientId: string }>();

describe.each(FOREIGN_IDS)('%j', (clientId) => {
  test('is enrolled by a link, named on its page and in its result, and found among links', async () => {
    // An id of 512 bytes is more than a QR code takes as a label.
    const label = Buffer.byteLength(clientId) > 300 ? { label: 'Alice' } : {};
    const link = await makeLink(account, { clientId, purpose: 'enrol', issuer: 'MyApp', ...label });
    const page = await begin(kanda, link.path);
    // Names of the two are separated by a colon in the key, so the page shows none of the id's own.
    const shown = pageTokens(page.body)
      .contents.join('\n')
      .replaceAll(/[\u2068\u2069]/g, '');
    expect(shown).toContain(label.label ?? clientId.replaceAll(':', ' '));
    expect(await redeem(resultOn(await typeCode(kanda, page)))).toMatchObject({ clientId, linkId: link.id });
    const asSent = encodeURIComponent(clientId.normalize('NFD'));
    const found = await account.call('GET', `/api/totp/links?clientId=${asSent}`);
    expect(found.json<{ data: object[] }>().data).toEqual([
      expect.objectContaining({ id: link.id, clientId, status: 'completed' }),
    ]);
    const logged = await account.call('GET', `/api/logs?clientId=${encodeURIComponent(clientId)}`);
    expect(logged.json<{ data: { event: string; clientId: string }[] }>().data).toContainEqual(
      expect.objectContaining({ event: 'link.completed', clientId }),
    );

    kanda.advance(MINUTE);
    const second = await makeLink(account, { clientId, purpose: 'challenge' });
    const asked = await begin(kanda, second.path);
    const done = await submit(kanda, actionsOf(asked)[0] ?? '', {
      code: codeAt(secretOn(page), kanda.now()),
    });
    expect(await redeem(resultOn(done))).toMatchObject({ clientId, linkId: second.id });
  });

  test('is who a receipt is about', async () => {
    const { secret } = await account
      .call('POST', `/api/totp/rotate/${encodeURIComponent(clientId)}`)
      .then((answer) => answer.json<{ secret: string }>());
    const action = { type: 'payout', reference: '1' };
    const body = { clientId, token: codeAt(secret, kanda.now()), action, audience: 'payouts' };
    const { receipt } = (await account.call('POST', '/api/totp/validate', body)).json<{ receipt: string }>();
    const redeemed = await account.call('POST', '/api/receipts/redeem', { receipt, audience: 'payouts' });
    expect(redeemed.json()).toMatchObject({ redeemed: true, clientId });
  });
});
