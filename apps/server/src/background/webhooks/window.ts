import type { EventRecord } from '../../domain/log/events.ts';
import type { LogMark, Message, WebhookWork } from '../../domain/webhooks/ports.ts';

/** An event with the message that tells of it. */
export interface Sending {
  readonly event: EventRecord;
  readonly message: Message;
}

/** The events that are sent together: those of one client one after the other, those of several side by side. */
export class Window {
  readonly #work: WebhookWork;
  readonly #sendings: readonly Sending[];
  /** The ids of messages that were taken. Not the numbers: after a failover these may be other events'. */
  readonly #taken: Set<string>;

  constructor(work: WebhookWork, messageOf: (event: EventRecord) => Message, taken: ReadonlySet<string>) {
    this.#work = work;
    this.#sendings = work.events.map((event) => ({ event, message: messageOf(event) }));
    this.#taken = new Set(taken);
  }

  /** The first that was not taken; null: all were. */
  get first(): Sending | null {
    return this.#open()[0] ?? null;
  }

  /** Those that were not taken, in order, by client; what concerns no client is one of them. */
  chains(): Sending[][] {
    const byClient = Map.groupBy(this.#open(), ({ event }) => event.clientId);
    return [...byClient.values()];
  }

  take({ message }: Sending): void {
    this.#taken.add(message.id);
  }

  /** Up to which event all were taken, and that event; no mark: there is none after what was known before. */
  progress(): { readonly deliveredTo: number; readonly mark: LogMark | null } {
    const { deliveredTo, pruned, reached } = this.#work;
    const start = deliveredTo + pruned;
    const { first } = this;
    if (first === null) return { deliveredTo: reached?.id ?? start, mark: reached };
    const before = this.#sendings.filter(({ event }) => event.id < first.event.id).at(-1);
    if (before === undefined) return { deliveredTo: start, mark: null };
    const { id, at, origin } = before.event;
    return { deliveredTo: id, mark: { id, at, requestId: origin.requestId } };
  }

  /** What was taken of the events after the first that was not: it need not be sent again. */
  ahead(): ReadonlySet<string> {
    const { first } = this;
    if (first === null) return new Set();
    const after = this.#sendings.filter(({ event }) => event.id > first.event.id);
    return new Set(after.map(({ message }) => message.id).filter((id) => this.#taken.has(id)));
  }

  #open(): Sending[] {
    return this.#sendings.filter(({ message }) => !this.#taken.has(message.id));
  }
}
