import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { type Account, MODES, type Mode, modeOf } from '../../../domain/accounts/account.ts';
import { type Change, changeIn } from '../../../domain/change.ts';
import { VISIBLE } from '../../../domain/clients/names.ts';
import { Fault } from '../../../domain/errors.ts';
import { DEFAULT_KEY_SCOPES, type Scope } from '../../../domain/keys/scopes.ts';
import { assertDiskRoom } from '../../../domain/limits/disk-space.ts';
import { answers } from '../../server/answers.ts';
import { principalOf } from '../../server/authentication.ts';
import { bodyInvalid } from '../../server/field-errors.ts';
import { once } from '../../server/idempotency.ts';
import { changeOf } from '../../server/origin.ts';
import type { RouteNeeds } from '../../server/services.ts';
import type { App } from '../../server/types.ts';
import { body, notEmpty, ScopeList, Timestamp, words } from '../schemas.ts';
import { keyView } from '../views.ts';
import { NewKeyView } from './schemas.ts';

export const KeyName = Type.String({
  ...notEmpty,
  pattern: `^${VISIBLE}[^\\p{Cc}\\p{Cs}]{1,128}$`,
  description: 'For people: what the key is for.',
  examples: ['web shop'],
});

const KeyMode = words(
  MODES,
  'test: for the test half of the account, which has users, a log and a clock of its own; live unless said otherwise. A key makes keys of its own half.',
);

const ExpiresAt = Type.Unsafe<string>({
  ...Timestamp,
  description: 'RFC 3339. If omitted: never, or when the key that creates this one expires.',
});

export function createKey(
  app: App,
  needs: RouteNeeds<'apiKeys' | 'authenticate' | 'clock' | 'disk' | 'secretExports' | 'testHalves'>,
): void {
  const { apiKeys, authenticate, disk, secretExports } = needs;
  app.route({
    method: 'POST',
    url: '/api/keys',
    onRequest: authenticate('keys:write'),
    schema: {
      operationId: 'createKey',
      summary: 'Make an API key',
      description:
        'The key is in this answer alone. Without scopes it may do what an application needs; it never may more, or lives longer, than the bearer that makes it.',
      tags: ['API keys'],
      security: [{ bearer: ['keys:write'] }],
      body: body({
        name: KeyName,
        mode: Type.Optional(KeyMode),
        scopes: Type.Optional(ScopeList),
        expiresAt: Type.Optional(ExpiresAt),
      }),
      response: answers({ 201: NewKeyView }, [400, 401, 403, 413, 415, 503, 507]),
    },
    async handler(request, reply) {
      const { scopes: held, keyExpiresAt: latest } = principalOf(request);
      const { name, mode, scopes = DEFAULT_KEY_SCOPES, expiresAt } = request.body;
      assertHeld(scopes, held);
      if (scopes.includes('totp:export')) await secretExports.assertMayGrant(principalOf(request));
      assertDiskRoom(disk);
      const { account, made } = await halfFor(mode, request, needs);
      const asked = {
        accountId: account.id,
        name,
        scopes,
        expiresAt: expiresAt === undefined ? latest : expiryBetween(made.at, latest, expiresAt),
      };
      const { status, body } = await once(
        request,
        made,
        (change) => apiKeys.create(asked, change),
        ({ key, text }) => {
          const { lastUsedAt, ...view } = keyView(key, account);
          return { status: 201 as const, body: { ...view, apiKey: text.reveal() } };
        },
      );
      return reply.code(status).send(body);
    },
  });
}

/**
 * The half of the caller's account in which a key is made, and the change that makes it, at the time of that half. A key makes
 * keys of its own half alone. Faults: login_required, body_invalid.
 */
async function halfFor(
  mode: Mode | undefined,
  request: FastifyRequest,
  { clock, testHalves }: RouteNeeds<'clock' | 'testHalves'>,
): Promise<{ readonly account: Account; readonly made: Change }> {
  const { account, sessionId } = principalOf(request);
  const made = changeOf(request, clock);
  if (mode === undefined || mode === modeOf(account)) return { account, made };
  if (sessionId === null) {
    throw new Fault(
      'login_required',
      `Only a log-in may make a ${mode} key: a key makes keys of its own half.`,
    );
  }
  if (mode === 'live') throw bodyInvalid('/mode', 'must be test, as the header Kanda-Mode is');
  const half = await testHalves.of(account, made);
  return { account: half, made: changeIn(half, made) };
}

/** A key must not make a mightier one. */
function assertHeld(wanted: readonly Scope[], held: ReadonlySet<Scope>): void {
  const missing = wanted.filter((scope) => !held.has(scope));
  if (missing.length > 0) {
    throw new Fault(
      'scope_missing',
      `This bearer does not have ${missing.join(', ')}, so it cannot give it to a key.`,
    );
  }
}

/** A key must not make one that outlives it: `latest` (ms) is its own end, null when it has none. */
function expiryBetween(now: number, latest: number | null, expiresAt: string): number {
  const time = Date.parse(expiresAt);
  if (time <= now) throw bodyInvalid('/expiresAt', 'must lie in the future');
  if (latest !== null && time > latest)
    throw bodyInvalid('/expiresAt', 'must not lie after the end of the key that makes it');
  return time;
}
