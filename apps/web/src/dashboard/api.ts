import type { paths } from '../../../../packages/sdk/src/schema.d.ts';
import { api } from '../api/client.ts';
import { ask, Problem } from '../api/problem.ts';
import { forItsAccount } from './acting-account.ts';
import { inItsMode } from './mode.ts';

api.use(inItsMode, forItsAccount);

export { type FieldError, isUnreachable } from '../api/problem.ts';
export { api, ask, Problem };

type Answer<Path extends keyof paths, Method extends 'get' | 'post' | 'put', Status extends number> =
  paths[Path] extends Record<
    Method,
    { responses: Record<Status, { content: { 'application/json': infer Body } }> }
  >
    ? Body
    : never;

export type Account = Answer<'/api/auth/me', 'get', 200>;
export type GettingStarted = Answer<'/api/auth/getting-started', 'get', 200>;
export type Client = Answer<'/api/totp/clients/{clientId}', 'get', 200>;
export type Authenticator = Answer<'/api/totp/clients/{clientId}/authenticators', 'get', 200>['data'][number];
export type Device = Answer<'/api/totp/clients/{clientId}/devices', 'get', 200>['data'][number];
export type LoggedEvent = Answer<'/api/logs', 'get', 200>['data'][number];
export type ApiKey = Answer<'/api/keys', 'get', 200>['data'][number];
export type UsedKey = Answer<'/api/keys/{id}', 'get', 200>;
export type NewApiKey = Answer<'/api/keys', 'post', 201>;
export type Enrolled = Answer<'/api/totp/register', 'post', 201>;
export type RecoveryCodesLeft = Answer<'/api/totp/clients/{clientId}/recovery-codes', 'get', 200>;
export type Diagnosis = Answer<'/api/totp/clients/{clientId}/diagnose', 'post', 200>;
export type Resync = Answer<
  '/api/totp/clients/{clientId}/authenticators/{authenticatorId}/resync',
  'post',
  200
>;
export type Confirmation = Answer<'/api/totp/confirm', 'post', 200>;
export type Verdict = Answer<'/api/totp/validate', 'post', 200>;
export type Session = Answer<'/api/auth/sessions', 'get', 200>['data'][number];
export type PolicyAnswer = Answer<'/api/policy', 'get', 200>;
export type Link = Answer<'/api/totp/links', 'get', 200>['data'][number];
export type NewLink = Answer<'/api/totp/links', 'post', 201>;
export type HostedPages = Answer<'/api/hosted-pages', 'get', 200>;
export type ServerStatus = Answer<'/api/admin/status', 'get', 200>;
export type Webhook = Answer<'/api/webhooks/{id}', 'get', 200>;
export type NewWebhook = Answer<'/api/webhooks', 'post', 201>;
export type Delivery = Answer<'/api/webhooks/{id}/deliveries', 'get', 200>['data'][number];
export type Scope = ApiKey['scopes'][number];
/** Those that one can ask for; the log may hold some of a newer version, which this one calls `unknown`. */
export type EventName = Exclude<LoggedEvent['event'], 'unknown'>;

/** The reasons for which a session is over, or was never there. */
const SIGNED_OUT: ReadonlySet<string> = new Set(['credentials_missing', 'token_expired', 'token_invalid']);

export function isSignedOut(error: unknown): boolean {
  return error instanceof Problem && SIGNED_OUT.has(error.code);
}

/** Whether the session is too old for what was asked, which takes password and code again. */
export function needsLogIn(error: unknown): boolean {
  return error instanceof Problem && error.code === 'recent_login_required';
}

type EventQuery = Omit<NonNullable<paths['/api/logs']['get']['parameters']['query']>, 'format' | 'mode'>;

/** A page of the log, newest first. */
export async function listEvents(query: EventQuery) {
  const page = await ask(api.GET('/api/logs', { params: { query } }));
  // The same address gives exports as text; without `format` it is JSON.
  if (typeof page === 'string') throw new TypeError('The log came as text.');
  return page;
}
