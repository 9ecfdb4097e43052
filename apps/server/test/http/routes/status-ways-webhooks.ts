/** As status-ways.ts, for webhooks. */
import { ownerAt } from '../support/start-app.ts';
import { account, full, inDatabase, type Way } from './status-apps.ts';

const URL = 'https://app.example.com/kanda';

async function webhook(): Promise<string> {
  const answer = await account.call('POST', '/api/webhooks', { url: URL });
  return answer.json<{ id: string }>().id;
}

/** An account may have ten. */
const withOne = (way: (id: string) => ReturnType<Way>): Way => {
  return async () => {
    const id = await webhook();
    try {
      return await way(id);
    } finally {
      await account.call('DELETE', `/api/webhooks/${id}`);
    }
  };
};

/** The secret of another webhook. */
function unreadable(id: string, call: string, body?: object) {
  inDatabase((sqlite) => sqlite.exec(`update webhook set secret = x'01' where id = '${id.slice(4)}'`));
  return account.call('POST', `/api/webhooks/${id}/${call}`, body);
}

export const WEBHOOK_WAYS: Record<string, Way> = {
  'POST /api/webhooks 201': async () => {
    const answer = await account.call('POST', '/api/webhooks', { url: URL });
    await account.call('DELETE', `/api/webhooks/${answer.json<{ id: string }>().id}`);
    return answer;
  },
  'POST /api/webhooks 507': async () => (await ownerAt(full))('POST', '/api/webhooks', { url: URL }),
  'GET /api/webhooks 200': () => account.call('GET', '/api/webhooks'),
  'GET /api/webhooks/{id} 200': withOne((id) => account.call('GET', `/api/webhooks/${id}`)),
  'PATCH /api/webhooks/{id} 200': withOne((id) =>
    account.call('PATCH', `/api/webhooks/${id}`, { enabled: false }),
  ),
  'DELETE /api/webhooks/{id} 204': async () => account.call('DELETE', `/api/webhooks/${await webhook()}`),
  'POST /api/webhooks/{id}/rotate-secret 200': withOne((id) =>
    account.call('POST', `/api/webhooks/${id}/rotate-secret`),
  ),
  'POST /api/webhooks/{id}/test 200': withOne((id) => account.call('POST', `/api/webhooks/${id}/test`)),
  'POST /api/webhooks/{id}/resend 200': withOne((id) =>
    account.call('POST', `/api/webhooks/${id}/resend`, { sequence: 1 }),
  ),
  'POST /api/webhooks/{id}/test 500': withOne((id) => unreadable(id, 'test')),
  'POST /api/webhooks/{id}/resend 500': withOne((id) => unreadable(id, 'resend', { sequence: 1 })),
  'GET /api/webhooks/{id}/deliveries 200': withOne((id) =>
    account.call('GET', `/api/webhooks/${id}/deliveries`),
  ),
};
