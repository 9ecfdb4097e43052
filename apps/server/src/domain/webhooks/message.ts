import type { EventRecord } from '../log/events.ts';
import { loggedEvent } from '../log/leaf.ts';
import type { Message } from './ports.ts';

export const TEST_TYPE = 'webhook.test';

type Digest = (text: string) => string;

/**
 * An event as it is sent. Its id is made from what it says: an event that is sent again has the same, and one that got
 * the number of another, after a backup was put back, has not.
 *
 * @param digest a hash as text
 */
export function eventMessage(
  accountPublicId: string,
  event: EventRecord,
  isTest: boolean,
  digest: Digest,
): Message {
  const logged = loggedEvent(event);
  const body = JSON.stringify({
    type: logged.event,
    timestamp: logged.createdAt,
    data: { ...logged, sequence: logged.id },
  });
  return { id: `msg_${digest(`${accountPublicId} ${body}`)}`, body, isTest };
}

/** What is sent to see whether a receiver answers. It says nothing of any user. */
export function testMessage(webhookId: string, id: string, now: number, isTest: boolean): Message {
  const timestamp = new Date(now).toISOString();
  return {
    id: `msg_${id}`,
    body: JSON.stringify({ type: TEST_TYPE, timestamp, data: { webhookId } }),
    isTest,
  };
}
