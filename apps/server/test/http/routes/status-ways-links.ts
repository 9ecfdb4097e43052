/** As status-ways.ts, for links. */
import { begin, makeLink, resultOn, typeCode } from '../links/person.ts';
import { ownerAt } from '../support/start-app.ts';
import { account, fresh, full, kanda, type Way } from './status-apps.ts';

const enrolling = (clientId: string) => ({ clientId, purpose: 'enrol', issuer: 'MyApp' });

async function result(): Promise<string> {
  const link = await makeLink(account, enrolling(fresh()));
  return resultOn(await typeCode(kanda, await begin(kanda, link.path)));
}

const redeem = (text: string) => account.call('POST', '/api/totp/links/redeem', { result: text });

export const LINK_WAYS: Record<string, Way> = {
  'POST /api/totp/links 201': () => account.call('POST', '/api/totp/links', enrolling(fresh())),
  'POST /api/totp/links 404': () =>
    account.call('POST', '/api/totp/links', { clientId: fresh(), purpose: 'replace' }),
  'POST /api/totp/links 409': async () => {
    const { clientId } = await account.enrol(fresh());
    return account.call('POST', '/api/totp/links', enrolling(clientId));
  },
  'POST /api/totp/links 507': async () =>
    (await ownerAt(full))('POST', '/api/totp/links', enrolling(fresh())),
  'GET /api/totp/links 200': () => account.call('GET', '/api/totp/links'),
  'DELETE /api/totp/links/{id} 204': async () =>
    account.call('DELETE', `/api/totp/links/${(await makeLink(account, enrolling(fresh()))).id}`),
  'DELETE /api/totp/links/{id} 404': () => account.call('DELETE', '/api/totp/links/lnk_999999999'),
  'POST /api/totp/links/redeem 200': async () => redeem(await result()),
  'POST /api/totp/links/redeem 409': async () => {
    const text = await result();
    await redeem(text);
    return redeem(text);
  },
  'GET /api/hosted-pages 200': () => account.call('GET', '/api/hosted-pages'),
  'PUT /api/hosted-pages 200': () => account.call('PUT', '/api/hosted-pages', { name: 'MyApp' }),
  'PUT /api/hosted-pages 413': () =>
    account.call('PUT', '/api/hosted-pages', JSON.stringify({ padding: 'x'.repeat(128 * 1024) })),
};
