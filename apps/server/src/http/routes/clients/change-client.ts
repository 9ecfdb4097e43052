import type { Change, Store } from '../../../domain/ports.ts';
import type { Client } from '../../../domain/records.ts';
import { answers } from '../../server/answers.ts';
import type { App } from '../../server/app.ts';
import { principalOf } from '../../server/authentication.ts';
import { originOf } from '../../server/origin.ts';
import type { RouteNeeds } from '../../server/services.ts';
import { ClientId, ClientView, parameters } from '../schemas.ts';
import { clientView } from '../views.ts';

type ClientChanges = Pick<Store, 'unlockClient' | 'setClientDisabled'>;
type ChangeClient = (
  store: ClientChanges,
  accountId: number,
  clientId: string,
  change: Change,
) => Promise<Client>;

interface Action {
  readonly operationId: string;
  readonly summary: string;
  readonly change: ChangeClient;
}

const ACTIONS: Readonly<Record<'unlock' | 'disable' | 'enable', Action>> = {
  unlock: {
    operationId: 'unlockClient',
    summary: 'End a lock or delay and forget the failures that led to it',
    change: (store, accountId, clientId, change) => store.unlockClient(accountId, clientId, change),
  },
  disable: {
    operationId: 'disableClient',
    summary: 'Refuse every code of this user until enabled again',
    change: (store, accountId, clientId, change) =>
      store.setClientDisabled(accountId, clientId, true, change),
  },
  enable: {
    operationId: 'enableClient',
    summary: 'Accept codes of this user again',
    change: (store, accountId, clientId, change) =>
      store.setClientDisabled(accountId, clientId, false, change),
  },
};

/** `POST …/unlock`, `/disable` and `/enable`: three changes of one shape. */
export function changeClient(
  app: App,
  { authenticate, clock, store }: RouteNeeds<'authenticate' | 'clock', keyof ClientChanges>,
): void {
  for (const [name, { operationId, summary, change }] of Object.entries(ACTIONS)) {
    app.route({
      method: 'POST',
      url: `/api/totp/clients/:clientId/${name}`,
      onRequest: authenticate('totp:write'),
      schema: {
        operationId,
        summary,
        tags: ['Clients'],
        security: [{ bearer: ['totp:write'] }],
        params: parameters({ clientId: ClientId }),
        response: answers({ 200: ClientView }, [400, 401, 403, 404, 413, 415, 503]),
      },
      async handler(request) {
        const { account } = principalOf(request);
        const now = clock();
        const origin = originOf(request);
        const client = await change(store, account.id, request.params.clientId, { at: now, origin });
        return clientView(client, now);
      },
    });
  }
}
