import type { EventRecord } from '../log/events.ts';
import { type LoggedEvent, loggedEvent } from '../log/leaf.ts';
import { eventMessage } from '../webhooks/message.ts';
import type { WaitingLog } from './ports.ts';

/** An event as a receiver of all logs sees it. */
export interface FedEvent {
  /**
   * The same for the same event, however often it is sent, and the one that a webhook sends; another for another event that
   * has got its number after a restore.
   */
  readonly messageId: string;
  /** The account's id; `installation`: the installation's own log. */
  readonly account: string;
  readonly isTest: boolean;
  readonly event: LoggedEvent;
}

const INSTALLATION = 'installation';

/** @param digest SHA-256 as text */
export function fedEvent(
  { accountPublicId, isTest }: Pick<WaitingLog, 'accountPublicId' | 'isTest'>,
  event: EventRecord,
  digest: (text: string) => string,
): FedEvent {
  const account = accountPublicId ?? INSTALLATION;
  return {
    messageId: eventMessage(account, event, isTest, digest).id,
    account,
    isTest,
    event: loggedEvent(event),
  };
}
