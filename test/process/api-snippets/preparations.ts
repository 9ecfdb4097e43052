/** What has to be there before the example of an operation can succeed, and what to send for its values. */

import { vi } from 'vitest';
import { codeOf } from '../../support/caller.ts';
import { SOON } from '../../support/patience.ts';
import type { Substitutions } from './proxy.ts';
import {
  ageTwoFactor,
  CLIENT,
  enrolled,
  freshEmail,
  logIn,
  newOwner,
  PASSWORD,
  protectedOwner,
  type World,
} from './world.ts';

export type Preparation = (world: World) => Promise<Substitutions>;

/** The values of the examples. */
const CODE = '847291';
const NEXT_CODE = '503918';
const AUTHENTICATOR = 'aut_17';
const DEVICE = 'dev_abcdefghijklmnop';
const WEBHOOK = 'whk_abcdefghijklmnop';
const SESSION = 'ses_5a0c9c2b7d1f4e8f9a3b6c7d8e9f00';
const KEY = 'mfrggzdfmztwq2lk';
const EVENT = '17';
const LOGIN_TOKEN = 'your_login_token_here';
const API_KEY = 'kan_your_api_key_here';
const EMAIL = 'you@example.com';
const LINK = 'lnk_17';
const RESULT = 'ge3dsnbqmnrwi2dfnzqwyzlsmvzxi5lt';
const RECEIPT = 'eyJhbGciOiJFZERTQSIsInR5cCI6…';

const authenticators = `/api/totp/clients/${CLIENT}/authenticators`;

/** Nothing but the account. */
const none: Preparation = async () => ({});

/** The client, with a first code of now. */
const client: Preparation = async (world) => {
  const phone = await enrolled(world);
  return { [CODE]: () => codeOf(phone), [NEXT_CODE]: () => codeOf(phone, 1) };
};

/** The client and its authenticator. */
const authenticator: Preparation = async (world) => {
  const codes = await client(world);
  const { json } = await world.owner.call('GET', authenticators);
  return { ...codes, [AUTHENTICATOR]: json.data[0].id };
};

/** The client, and a browser that is trusted. */
const device: Preparation = async (world) => {
  const phone = await enrolled(world);
  await world.owner.call('PUT', '/api/policy', { trustedDevices: true });
  const shown = { clientId: CLIENT, token: codeOf(phone), trustDevice: { label: 'Firefox' } };
  const { json } = await world.owner.call('POST', '/api/totp/validate', shown);
  return { [DEVICE]: json.deviceId };
};

/** A webhook; that of the call before is gone. */
const webhook: Preparation = async ({ owner }) => {
  const { json } = await owner.call('POST', '/api/webhooks', { url: 'https://app.example.com/kanda' });
  return { [WEBHOOK]: json.id, [EVENT]: '1' };
};

/** An account of its own, which the call changes. */
const ownAccount: Preparation = async ({ server }) => {
  const { token } = await newOwner(server);
  return { [LOGIN_TOKEN]: token };
};

/** An account of its own with two-factor login, and the next code of its phone. */
const ownFactor: Preparation = async ({ server }) => {
  const { owner, phone } = await protectedOwner(server);
  return { [LOGIN_TOKEN]: owner.token, [CODE]: () => codeOf(phone, 1) };
};

/** The client in the test half. */
const testClient: Preparation = async (world) => {
  await enrolled(world, true);
  return {};
};

/** A receipt of an accepted code that was not redeemed yet. */
const receipt: Preparation = async (world) => {
  const phone = await enrolled(world);
  const approved = {
    clientId: CLIENT,
    token: codeOf(phone),
    action: { type: 'payout', reference: 'payout-8731' },
  };
  const { json } = await world.owner.call('POST', '/api/totp/validate', approved);
  return { [RECEIPT]: json.receipt };
};

/** No client, and a site that its link may lead to. */
const pages: Preparation = async ({ owner }) => {
  await owner.call('DELETE', `/api/totp/clients/${CLIENT}`);
  await owner.call('PUT', '/api/hosted-pages', { name: 'MyApp', returnOrigins: ['https://app.example.com'] });
  return {};
};

const linkTo = async (world: World) => {
  await pages(world);
  const returnUrl = 'https://app.example.com/account/two-factor';
  return (
    await world.owner.call('POST', '/api/totp/links', { clientId: CLIENT, purpose: 'enrol', returnUrl })
  ).json;
};

/** A link that was not used yet. */
const link: Preparation = async (world) => ({ [LINK]: (await linkTo(world)).id });

/** The result of a link that a person has used. */
const linkResult: Preparation = async (world) => {
  const { url } = await linkTo(world);
  const submit = async (page: string, fields: Record<string, string>) => {
    const action = /<form[^>]* action="([^"]+)"/.exec(page)?.[1]?.replaceAll('&amp;', '&') ?? '';
    const answer = await fetch(new URL(action, url), { method: 'POST', body: new URLSearchParams(fields) });
    return answer.text();
  };
  const shown = await submit(await (await fetch(url)).text(), {});
  const secret = (/class="key"[^>]*>([^<]+)</.exec(shown)?.[1] ?? '').replaceAll(' ', '');
  const done = await submit(shown, { code: codeOf({ secret, period: 30 }) });
  const href = /<a class="button" href="([^"]+)"/.exec(done)?.[1] ?? '';
  return { [RESULT]: new URL(href).searchParams.get('result') ?? '' };
};

/** The log has events that a checkpoint covers. */
const covered: Preparation = async ({ owner }) => {
  await vi.waitFor(() => owner.call('GET', '/api/logs/checkpoint'), SOON);
  return { [EVENT]: '1' };
};

/** By operation; each has one, and the test fails for one that has none. */
export const PREPARATIONS: Readonly<Record<string, Preparation>> = {
  registerAccount: async () => ({ [EMAIL]: freshEmail() }),
  logIn: async ({ owner }) => ({ [EMAIL]: owner.email }),
  exchangeKey: none,
  getAccount: none,
  getGettingStarted: none,
  changeGettingStarted: none,
  changePassword: ownAccount,
  logOut: ownAccount,
  listSessions: none,
  endOtherSessions: ownAccount,
  endSession: async ({ server, owner }) => {
    await logIn(server, owner.email);
    const { json } = await owner.call('GET', '/api/auth/sessions');
    return { [SESSION]: json.data.find(({ current }: { current: boolean }) => !current).id };
  },
  startTwoFactor: ownAccount,
  disableTwoFactor: ownFactor,
  confirmTwoFactor: async ({ server }) => {
    const owner = await newOwner(server);
    const { json } = await owner.call('POST', '/api/auth/two-factor', { password: PASSWORD });
    return { [LOGIN_TOKEN]: owner.token, [CODE]: () => codeOf({ secret: json.secret, period: 30 }) };
  },
  replaceRecoveryCodes: ownFactor,
  createKey: none,
  listKeys: none,
  getKey: async ({ owner }) => {
    const { json } = await owner.call('POST', '/api/keys', { name: 'to look at' });
    return { [KEY]: json.id };
  },
  revokeKey: async ({ owner }) => {
    const { json } = await owner.call('POST', '/api/keys', { name: 'to revoke' });
    return { [KEY]: json.id };
  },
  addAuthenticator: client,
  listAuthenticators: client,
  updateAuthenticator: authenticator,
  removeAuthenticator: async (world) => {
    await enrolled(world);
    const { json } = await world.owner.call('POST', authenticators, { confirm: true, qr: 'none' });
    return { [AUTHENTICATOR]: json.authenticatorId };
  },
  getAuthenticator: authenticator,
  confirmAuthenticator: async (world) => {
    await enrolled(world);
    const { json } = await world.owner.call('POST', authenticators, { confirm: true, qr: 'none' });
    return { [CODE]: () => codeOf({ secret: json.secret, period: 30 }) };
  },
  resyncAuthenticator: async (world) => {
    await world.owner.call('PUT', '/api/policy', { followDrift: true });
    return authenticator(world);
  },
  registerClient: async ({ owner }) => {
    await owner.call('DELETE', `/api/totp/clients/${CLIENT}`);
    return {};
  },
  importClients: async ({ owner }) => {
    await owner.call('DELETE', `/api/totp/clients/${CLIENT}`);
    return {};
  },
  exportClients: async ({ server }) => {
    const { owner, phone } = await protectedOwner(server);
    ageTwoFactor(server, 4);
    const { token } = await logIn(server, owner.email, { totp: codeOf(phone, 1) });
    return { [API_KEY]: token };
  },
  validateCode: client,
  rotateClient: client,
  listClients: client,
  getClient: client,
  deleteClient: client,
  updateClient: client,
  unlockClient: client,
  disableClient: client,
  enableClient: client,
  diagnoseClient: client,
  createClientRecoveryCodes: client,
  getClientRecoveryCodes: client,
  deleteClientRecoveryCodes: client,
  listDevices: device,
  endDevices: device,
  getDevice: device,
  endDevice: device,
  redeemReceipt: receipt,
  createLink: pages,
  listLinks: link,
  cancelLink: link,
  redeemLinkResult: linkResult,
  getHostedPages: none,
  putHostedPages: none,
  createWebhook: none,
  listWebhooks: webhook,
  getWebhook: webhook,
  updateWebhook: webhook,
  deleteWebhook: webhook,
  rotateWebhookSecret: webhook,
  testWebhook: webhook,
  resendEvent: webhook,
  listDeliveries: webhook,
  getSigningKeys: none,
  getPolicy: none,
  putPolicy: none,
  getTestClock: none,
  advanceTestClock: none,
  getTestCode: testClient,
  deleteTestClients: testClient,
  listLogs: none,
  getEvent: async () => ({ [EVENT]: '1' }),
  streamLogs: none,
  getStatistics: none,
  getCheckpoint: covered,
  proveEvent: covered,
  proveConsistency: covered,
  getInfo: none,
  getServerStatus: none,
  health: none,
  readiness: none,
  metrics: none,
};

/** For every call: what its bearer is. */
export function bearersOf({ owner, apiKey, testKey }: World): Substitutions {
  return { [API_KEY]: apiKey, kan_test_your_api_key_here: testKey, [LOGIN_TOKEN]: owner.token };
}
