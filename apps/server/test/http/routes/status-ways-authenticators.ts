/** How statuses of calls about authenticators are brought about, by route and status. */
import { codeAt, ownerAt } from '../support/start-app.ts';
import { account, enrolment, fresh, full, inDatabase, kanda, type Method, type Way } from './status-apps.ts';

const AUTHENTICATORS = '/api/totp/clients/{clientId}/authenticators';
const ONE = `${AUTHENTICATORS}/{authenticatorId}`;

const at = (path: string, clientId: string, authenticatorId = 'aut_1') =>
  path.replace('{clientId}', clientId).replace('{authenticatorId}', authenticatorId);

/** A client that is in use. */
async function inUse(): Promise<string> {
  const clientId = fresh();
  await account.enrol(clientId);
  return clientId;
}

/** A client with a second authenticator, which waits for its first code. */
async function withPending(): Promise<{ clientId: string; secret: string; authenticatorId: string }> {
  const clientId = await inUse();
  const added = await account.call('POST', at(AUTHENTICATORS, clientId), { confirm: true, qr: 'none' });
  return { clientId, ...added.json<{ secret: string; authenticatorId: string }>() };
}

/** A call about a pending authenticator. */
async function onPending(method: Method, body?: object) {
  const { clientId, authenticatorId } = await withPending();
  return account.call(method, at(ONE, clientId, authenticatorId), body);
}

/** A call after a stored secret was altered. */
async function altered(clientId: string, call: Way) {
  inDatabase((sqlite) =>
    sqlite
      .prepare(
        "update authenticator set sealed = x'00' where client = (select id from client where client_id = ?)",
      )
      .run(clientId),
  );
  return call();
}

const TWO_CODES = { tokens: ['00000000', '00000001'] };

/** A client with a second authenticator in use. */
async function withToken(more: object): Promise<{ clientId: string; authenticatorId: string }> {
  const clientId = await inUse();
  const added = await account.call('POST', at(AUTHENTICATORS, clientId), { qr: 'none', ...more });
  return { clientId, authenticatorId: added.json<{ authenticatorId: string }>().authenticatorId };
}

async function resync(more: object) {
  const { clientId, authenticatorId } = await withToken(more);
  return account.call('POST', `${at(ONE, clientId, authenticatorId)}/resync`, TWO_CODES);
}

export const AUTHENTICATOR_WAYS: Record<string, Way> = {
  'PATCH /api/totp/clients/{clientId} 200': async () =>
    account.call('PATCH', `/api/totp/clients/${await inUse()}`, { label: 'Alice' }),
  'POST /api/totp/register 200': async () => {
    const pending = { ...enrolment(fresh()), confirm: true };
    await account.call('POST', '/api/totp/register', pending);
    return account.call('POST', '/api/totp/register', pending);
  },
  'POST /api/totp/confirm 200': async () => {
    const { clientId, secret } = await withPending();
    return account.call('POST', '/api/totp/confirm', { clientId, token: codeAt(secret, kanda.now()) });
  },
  'POST /api/totp/confirm 404': () =>
    account.call('POST', '/api/totp/confirm', { clientId: fresh(), token: '000000' }),
  'POST /api/totp/confirm 500': async () => {
    const { clientId } = await withPending();
    return altered(clientId, () => account.call('POST', '/api/totp/confirm', { clientId, token: '000000' }));
  },
  'POST /api/totp/rotate/{clientId} 201': async () =>
    account.call('POST', `/api/totp/rotate/${await inUse()}`, { confirm: true }),
  'POST /api/totp/rotate/{clientId} 409': async () => {
    const clientId = await inUse();
    for (let more = 0; more < 4; more++) {
      await account.call('POST', at(AUTHENTICATORS, clientId), {
        name: `${more}`,
        confirm: true,
        qr: 'none',
      });
    }
    const rotate = (authenticatorId?: string) =>
      account.call('POST', `/api/totp/rotate/${clientId}`, { authenticatorId, confirm: true });
    await rotate();
    const { data } = (await account.call('GET', at(AUTHENTICATORS, clientId))).json<{
      data: { id: string }[];
    }>();
    return rotate(data[0]?.id);
  },
  'POST /api/totp/rotate/{clientId} 500': async () => {
    const clientId = await inUse();
    const rotate = () => account.call('POST', `/api/totp/rotate/${clientId}`, { confirm: true });
    await rotate();
    return altered(clientId, rotate);
  },
  [`GET ${AUTHENTICATORS} 200`]: async () => account.call('GET', at(AUTHENTICATORS, await inUse())),
  [`POST ${AUTHENTICATORS} 201`]: async () => account.call('POST', at(AUTHENTICATORS, await inUse()), {}),
  [`POST ${AUTHENTICATORS} 200`]: async () => {
    const { clientId } = await withPending();
    return account.call('POST', at(AUTHENTICATORS, clientId), { confirm: true });
  },
  [`POST ${AUTHENTICATORS} 409`]: async () => {
    const clientId = await inUse();
    for (let more = 0; more < 4; more++) await account.call('POST', at(AUTHENTICATORS, clientId), {});
    return account.call('POST', at(AUTHENTICATORS, clientId), {});
  },
  [`POST ${AUTHENTICATORS} 500`]: async () => {
    const { clientId } = await withPending();
    return altered(clientId, () => account.call('POST', at(AUTHENTICATORS, clientId), { confirm: true }));
  },
  [`POST ${AUTHENTICATORS} 507`]: async () => (await ownerAt(full))('POST', at(AUTHENTICATORS, 'ada'), {}),
  [`GET ${ONE} 200`]: () => onPending('GET'),
  [`PATCH ${ONE} 200`]: () => onPending('PATCH', { name: 'Tablet' }),
  'POST /api/totp/clients/{clientId}/diagnose 200': async () =>
    account.call('POST', `/api/totp/clients/${await inUse()}/diagnose`, { token: '000000' }),
  'POST /api/totp/clients/{clientId}/diagnose 500': async () => {
    const clientId = await inUse();
    return altered(clientId, () =>
      account.call('POST', `/api/totp/clients/${clientId}/diagnose`, { token: '000000' }),
    );
  },
  [`POST ${ONE}/resync 200`]: () => resync({ type: 'hotp', digits: 8 }),
  [`POST ${ONE}/resync 409`]: () => resync({}),
  [`POST ${ONE}/resync 500`]: async () => {
    const { clientId, authenticatorId } = await withToken({ type: 'hotp', digits: 8 });
    const path = `${at(ONE, clientId, authenticatorId)}/resync`;
    return altered(clientId, () => account.call('POST', path, TWO_CODES));
  },
  [`DELETE ${ONE} 204`]: () => onPending('DELETE'),
  [`DELETE ${ONE} 409`]: async () => {
    const { clientId, authenticatorId } = await withPending();
    await account.call('DELETE', at(ONE, clientId, authenticatorId));
    const { data } = (await account.call('GET', at(AUTHENTICATORS, clientId))).json<{
      data: { id: string }[];
    }>();
    return account.call('DELETE', at(ONE, clientId, data[0]?.id));
  },
};
