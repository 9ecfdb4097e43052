import type { WebhookSender } from '../../domain/webhooks/ports.ts';

/** Sends nothing, also where that is asked for by a call. */
export function sendsNothing(sender: Pick<WebhookSender, 'accept'>): WebhookSender {
  const error = 'this server sends no webhooks (KANDA_WEBHOOKS=off)';
  return {
    accept: (url) => sender.accept(url),
    post: async () => ({ status: null, error, durationMs: 0 }),
  };
}
