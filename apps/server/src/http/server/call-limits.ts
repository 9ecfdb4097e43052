import type { RouteOptions } from 'fastify';
import { CONFIRM_ATTEMPTS } from '../../domain/authenticators/authenticator.ts';
import { MAX_DEVICES } from '../../domain/devices/device.ts';
import { loginLimits, registerLimits, tokenLimits } from '../../domain/limits/limits.ts';
import type { LimitRule } from '../../domain/limits/ports.ts';
import { MAX_OPEN_LINKS } from '../../domain/links/link.ts';
import { FREE_CODE_FAILURES } from '../../domain/recovery-codes/judge-code.ts';
import { MAX_WEBHOOKS } from '../../domain/webhooks/webhook.ts';
import { DIAGNOSES_PER_HOUR } from '../routes/clients/diagnose-client.ts';
import { SECRET_EXPORTS_AT_ALL, SECRET_EXPORTS_PER_ACCOUNT } from '../routes/clients/export-clients.ts';
import { EXPORTS_AT_ALL, EXPORTS_PER_ACCOUNT } from '../routes/log/list-logs.ts';
import { STREAMS_AT_ALL, STREAMS_PER_ACCOUNT } from '../routes/log/log-streams.ts';
import { SENDS_AT_ALL, SENDS_PER_ACCOUNT } from '../routes/webhooks/send-to-webhook.ts';
import { NO_BODY } from './declared-input.ts';

/** Of a body, in bytes, unless a route says otherwise. */
export const BODY_LIMIT = 16 * 1024;

const KIB = 1024;
const MINUTE_MS = 60_000;
/** For documentation (RFC 5737). */
const AN_ADDRESS = '192.0.2.1';

/** By operation, in words, what is counted for it beside the requests of the account. */
const OWN: Readonly<Record<string, readonly string[]>> = {
  registerAccount: counted('Sign-ups', 'for each network address', registerLimits(AN_ADDRESS)),
  logIn: counted(
    'Failed log-ins',
    'for each network address and each e-mail address',
    loginLimits(AN_ADDRESS, 'you@example.com'),
  ),
  exchangeKey: counted(
    'Failed exchanges',
    'for each network address and each API key',
    tokenLimits(AN_ADDRESS, 'key'),
  ),
  ...Object.fromEntries(
    ['changePassword', 'startTwoFactor', 'disableTwoFactor', 'replaceRecoveryCodes'].map((id) => [
      id,
      counted(
        'Wrong passwords and codes, together with failed log-ins',
        'for each network address and each account',
        loginLimits(AN_ADDRESS, 'you@example.com'),
      ).slice(0, 1),
    ]),
  ),
  confirmAuthenticator: [
    `Wrong first codes: ${CONFIRM_ATTEMPTS} for each pending authenticator. Then it is gone.`,
  ],
  validateCode: [
    'Wrong codes: delays and a lock, as the policy of the account says.',
    `Wrong recovery codes: ${FREE_CODE_FAILURES} in 15 minutes for each user. Then a delay.`,
    `Trusted devices: ${MAX_DEVICES} for each user. Of more, the one that was not used for longest ends.`,
  ],
  addAuthenticator: ['Authenticators of a user: maxAuthenticators of the policy.'],
  createLink: [`Links that are not used, cancelled or expired: ${MAX_OPEN_LINKS} for each account.`],
  diagnoseClient: [`Diagnoses: ${DIAGNOSES_PER_HOUR} an hour for each user.`],
  exportClients: [underWay('Exports of secrets', SECRET_EXPORTS_PER_ACCOUNT, SECRET_EXPORTS_AT_ALL)],
  listLogs: [underWay('Exports (format is csv or ndjson)', EXPORTS_PER_ACCOUNT, EXPORTS_AT_ALL)],
  createWebhook: [`Webhooks: ${MAX_WEBHOOKS} for each account, and for its test half.`],
  ...Object.fromEntries(
    ['testWebhook', 'resendEvent'].map((id) => [
      id,
      [underWay('Messages that were asked for', SENDS_PER_ACCOUNT, SENDS_AT_ALL)],
    ]),
  ),
  streamLogs: [underWay('Streams', STREAMS_PER_ACCOUNT, STREAMS_AT_ALL)],
};

/** The limits of a call, one sentence each: of its body, and those that it has alone. */
export function limitsOf({ schema = {}, bodyLimit = BODY_LIMIT }: RouteOptions): string[] {
  const hasBody = schema.body !== undefined && schema.body !== NO_BODY;
  return [
    ...(hasBody ? [`The body: ${bodyLimit / KIB} KiB.`] : []),
    ...(OWN[String(schema.operationId)] ?? []),
  ];
}

/** The first rule is that of one address or name; one for all callers together is named so. */
function counted(what: string, whose: string, rules: readonly LimitRule[]): string[] {
  const [{ limit, windowMs } = { limit: 0, windowMs: 0 }] = rules;
  const all = rules.find(({ name }) => name.endsWith(':all'));
  return [
    `${what}: ${limit} in ${windowMs / MINUTE_MS} minutes ${whose}.`,
    ...(all === undefined ? [] : [`${what} of all callers together: ${all.limit} in the same time.`]),
  ];
}

function underWay(what: string, ofAccount: number, ofAll: number): string {
  return `${what} under way on one server: ${ofAccount} of each account, ${ofAll} of all accounts.`;
}
