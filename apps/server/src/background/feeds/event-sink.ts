import type { FedEvent } from '../../domain/feeds/fed-event.ts';
import type { FeedName } from '../../domain/feeds/ports.ts';

/** Takes the events of all logs. What it has taken counts as arrived only once that was confirmed. */
export interface EventSink {
  readonly feed: FeedName;
  /** For the operator's log; without anything secret. */
  readonly name: string;
  /** For how long (ms) what was sent may be unconfirmed while more is sent. */
  readonly confirmEveryMs: number;
  /** Resolves when these have left this process, which is no sign that they arrived. They may be sent twice. */
  send(events: readonly FedEvent[], signal: AbortSignal): Promise<void>;
  /** Resolves when all that was sent since the last time has arrived. */
  confirm(signal: AbortSignal): Promise<void>;
  /** Lets go of what is open; what was not confirmed may have arrived or not. */
  drop(): Promise<void>;
}
