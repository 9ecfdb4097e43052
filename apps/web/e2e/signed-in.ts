import { randomUUID } from 'node:crypto';
import { expect } from 'vitest';
import type { OpenPage, Site, View } from './server.ts';

export const PASSWORD = 'a sentence that nobody else would write';

/** An account of its own, and a browser that is signed in to it. */
export interface SignedIn extends OpenPage {
  readonly email: string;
  /** Calls the API as the account; throws with the answer when it is refused. */
  call(method: string, path: string, body?: object): Promise<Record<string, unknown>>;
}

export async function signedIn(site: Site, view?: View): Promise<SignedIn> {
  const email = `${randomUUID()}@example.com`;
  const opened = await site.open(null, view);
  opened.context.setDefaultTimeout(60_000);
  const { request } = opened.context;
  const call = async (method: string, path: string, body?: object) => {
    const answer = await request.fetch(path, { method, ...(body === undefined ? {} : { data: body }) });
    const text = await answer.text();
    if (!answer.ok()) throw new Error(`${method} ${path}: ${answer.status()} ${text}`);
    return text === '' ? {} : (JSON.parse(text) as Record<string, unknown>);
  };
  await call('POST', '/api/auth/register', { email, password: PASSWORD });
  await call('POST', '/api/auth/login', { email, password: PASSWORD, session: 'cookie' });
  return { ...opened, email, call };
}

/** As the phone shows a client. */
export const NAMES = { label: 'alice@example.com', issuer: 'MyApp' };

/** Enrols a client and returns its secret. */
export async function enrol(account: SignedIn, clientId: string, more: object = {}): Promise<string> {
  const body = { clientId, ...NAMES, qr: 'none', ...more };
  const { secret } = await account.call('POST', '/api/totp/register', body);
  expect(secret).toMatch(/^[A-Z2-7]{32}$/);
  return secret as string;
}
