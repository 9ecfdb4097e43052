import { type Static, Type } from 'typebox';
import type { Change } from '../../../domain/change.ts';
import type { Client } from '../../../domain/clients/client.ts';
import type { ForgottenFailures } from '../../../domain/clients/ports.ts';
import type { Scope } from '../../../domain/keys/scopes.ts';
import type { Store } from '../../../domain/store.ts';
import { answers } from '../../server/answers.ts';
import { principalOf } from '../../server/authentication.ts';
import { NO_BODY } from '../../server/declared-input.ts';
import { once } from '../../server/idempotency.ts';
import { changeOf } from '../../server/origin.ts';
import type { RouteNeeds } from '../../server/services.ts';
import type { App } from '../../server/types.ts';
import { ClientId, parameters } from '../schemas.ts';
import { clientView } from '../views.ts';
import { ClientView } from './schemas.ts';

type ClientChanges = Pick<Store, 'unlockClient' | 'resetClientClock' | 'setClientDisabled'>;
type ChangeClient = (
  store: ClientChanges,
  accountId: number,
  clientId: string,
  change: Change,
  forgotten: ForgottenFailures,
  body: Static<typeof UnlockBody> | null | undefined,
) => Promise<Client>;

const UnlockBody = Type.Object(
  {
    resetClock: Type.Optional(
      Type.Boolean({
        description:
          "Also accept codes again that are refused because this server's clock was ahead. Codes that may have been accepted stay refused.",
      }),
    ),
  },
  { type: ['object', 'null'], additionalProperties: false },
);

interface Action {
  readonly operationId: string;
  readonly summary: string;
  readonly description?: string;
  /** One of which a bearer must have. */
  readonly scopes: readonly Scope[];
  readonly body: typeof UnlockBody | typeof NO_BODY;
  readonly change: ChangeClient;
}

const ACTIONS: Readonly<Record<'unlock' | 'disable' | 'enable', Action>> = {
  unlock: {
    operationId: 'unlockClient',
    scopes: ['totp:write', 'totp:support'],
    summary: 'End a lock or delay and forget the failures that led to it',
    description: 'With totp:support and without totp:write, the failures of the day stay counted.',
    body: UnlockBody,
    change: (store, accountId, clientId, change, forgotten, body) =>
      body?.resetClock === true
        ? store.resetClientClock(accountId, clientId, change, forgotten)
        : store.unlockClient(accountId, clientId, change, forgotten),
  },
  disable: {
    operationId: 'disableClient',
    scopes: ['totp:write'],
    body: NO_BODY,
    summary: 'Refuse every code of this user until enabled again',
    description: 'Its trusted devices end. Authenticators, recovery codes and failures stay as they are.',
    change: (store, accountId, clientId, change) =>
      store.setClientDisabled(accountId, clientId, true, change),
  },
  enable: {
    operationId: 'enableClient',
    scopes: ['totp:write'],
    body: NO_BODY,
    summary: 'Accept codes of this user again',
    description: 'Nothing else changes: a lock stays a lock.',
    change: (store, accountId, clientId, change) =>
      store.setClientDisabled(accountId, clientId, false, change),
  },
};

/** `POST …/unlock`, `/disable` and `/enable`: three changes of one shape. */
export function changeClient(
  app: App,
  { authenticate, clock, store }: RouteNeeds<'authenticate' | 'clock', keyof ClientChanges>,
): void {
  for (const [name, { operationId, summary, description, scopes, body, change }] of Object.entries(ACTIONS)) {
    app.route({
      method: 'POST',
      url: `/api/totp/clients/:clientId/${name}`,
      onRequest: authenticate(scopes),
      schema: {
        operationId,
        summary,
        ...(description === undefined ? {} : { description }),
        tags: ['Users'],
        security: scopes.map((scope) => ({ bearer: [scope] })),
        params: parameters({ clientId: ClientId }),
        body,
        response: answers({ 200: ClientView }, [400, 401, 403, 404, 413, 415, 503]),
      },
      async handler(request) {
        const { account, scopes: granted } = principalOf(request);
        // Support may look at codes, too (diagnose): unlocking in between must not make more guesses of it.
        const forgotten = granted.has('totp:write') ? 'all' : 'in a row';
        const now = clock(request);
        const made = changeOf(request, clock);
        const { clientId } = request.params;
        const answer = await once(
          request,
          made,
          (changed) => change(store, account.id, clientId, changed, forgotten, request.body as never),
          (client) => ({ status: 200, body: clientView(client, now) }),
        );
        return answer.body;
      },
    });
  }
}
