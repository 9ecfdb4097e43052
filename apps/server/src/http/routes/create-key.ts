import { Type } from 'typebox';
import { Fault } from '../../domain/errors.ts';
import { DEFAULT_KEY_SCOPES, type Scope } from '../../domain/scopes.ts';
import { answers } from '../answers.ts';
import type { App } from '../app.ts';
import { principalOf } from '../authentication.ts';
import { originOf } from '../origin.ts';
import { body, NewKeyView, ScopeList, Timestamp } from '../schemas.ts';
import type { RouteContext } from '../services.ts';
import { keyView } from '../views.ts';

const Name = Type.String({
  pattern: '^[^\\p{Cc}\\p{Cs}]{1,128}$',
  description: 'For people: what the key is for.',
  examples: ['web shop'],
});

export function createKey(app: App, { apiKeys, authenticate, clock }: RouteContext): void {
  app.route({
    method: 'POST',
    url: '/api/keys',
    onRequest: authenticate('keys:write'),
    schema: {
      operationId: 'createKey',
      summary: 'Make an API key',
      tags: ['API keys'],
      security: [{ bearer: ['keys:write'] }],
      body: body({ name: Name, scopes: Type.Optional(ScopeList), expiresAt: Type.Optional(Timestamp) }),
      response: answers({ 201: NewKeyView }, [400, 401, 403, 413, 415, 503]),
    },
    async handler(request, reply) {
      const { account, scopes: held } = principalOf(request);
      const { name, scopes = DEFAULT_KEY_SCOPES, expiresAt } = request.body;
      assertHeld(scopes, held);
      const now = clock();
      const { key, text } = await apiKeys.create(
        {
          accountId: account.id,
          name,
          scopes,
          expiresAt: expiresAt === undefined ? null : future(expiresAt, now),
        },
        { at: now, origin: originOf(request) },
      );
      const { lastUsedAt, ...view } = keyView(key);
      return reply
        .code(201)
        .header('cache-control', 'no-store')
        .send({ ...view, apiKey: text.reveal() });
    },
  });
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

function future(expiresAt: string, now: number): number {
  const time = Date.parse(expiresAt);
  if (time > now) return time;
  const message = 'must lie in the future';
  throw new Fault('body_invalid', `The body is not as it should be: expiresAt ${message}.`, {
    errors: [{ path: '/expiresAt', message }],
  });
}
