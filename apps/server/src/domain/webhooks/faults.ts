import { Fault } from '../errors.ts';
import { MAX_WEBHOOKS } from './webhook.ts';

export function webhookNotFound(): Fault {
  return new Fault('webhook_not_found', 'Your account has no webhook with this id.');
}

export function webhookQuotaExceeded(): Fault {
  return new Fault(
    'webhook_quota_exceeded',
    `This account has all of the ${MAX_WEBHOOKS} webhooks that it may have. Delete those that are not used.`,
  );
}

/** @param why what is wrong with it, as the end of a sentence that begins with the URL */
export function webhookUrlRefused(why: string): Fault {
  return new Fault('webhook_url_refused', `Nothing is sent to this URL: ${why}.`, {
    errors: [{ path: '/url', message: why }],
  });
}

export function eventOfLaterVersion(): Fault {
  return new Fault(
    'event_not_found',
    'This server does not know the kind of that event: a newer version wrote it. Send it again when all servers are of that version.',
  );
}

export function eventOfNoTime(): Fault {
  return new Fault(
    'event_not_found',
    'The time of that event was altered in the store to one that no calendar has, so its message cannot be made. `kanda audit verify` names what was altered.',
  );
}
