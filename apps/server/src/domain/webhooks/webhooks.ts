import { encodeBase32 } from '@kanda/otp';
import type { Account } from '../accounts/account.ts';
import type { Change } from '../change.ts';
import { withResult } from '../idempotency/idempotency.ts';
import type { AccountQuotas } from '../limits/account-quotas.ts';
import { type EventRecord, UNKNOWN_EVENT } from '../log/events.ts';
import type { RandomBytes } from '../randomness.ts';
import { Secret } from '../secret.ts';
import type { Store } from '../store.ts';
import { type Clock, namedTime } from '../time.ts';
import { eventOfLaterVersion, eventOfNoTime, webhookNotFound } from './faults.ts';
import { eventMessage, TEST_TYPE, testMessage } from './message.ts';
import type { Attempt, Delivery, Message, WebhookChange, WebhookSender } from './ports.ts';
import { type Webhook, type WebhookSettings, webhookName } from './webhook.ts';

/** 80 bits. */
const ID_BYTES = 10;
/** Standard Webhooks asks for 24 to 64. */
const SECRET_BYTES = 32;
const SECRET_PREFIX = 'whsec_';
/** A call has a deadline of its own, which is later. */
const ANSWER_WITHIN_MS = 7_000;

type Owner = Pick<Account, 'id' | 'publicId' | 'test'>;

/** A webhook with a secret, which is shown once. */
export interface WithSecret {
  readonly webhook: Webhook;
  /** `whsec_…` */
  readonly secret: Secret<string>;
}

export interface WebhooksParts {
  readonly store: Pick<
    Store,
    | 'createWebhook'
    | 'listWebhooks'
    | 'changeWebhook'
    | 'rotateWebhookSecret'
    | 'webhookTarget'
    | 'keepDelivery'
  >;
  readonly sender: WebhookSender;
  readonly quotas: AccountQuotas;
  readonly randomBytes: RandomBytes;
  /** SHA-256 as text. */
  readonly digest: (text: string) => string;
  /** The server's, whatever half asks. */
  readonly clock: Clock;
}

/** What an account does with its webhooks. The log is sent behind it (background/webhooks). */
export class Webhooks {
  readonly #parts: WebhooksParts;

  constructor(parts: WebhooksParts) {
    this.#parts = parts;
  }

  /** Faults: webhook_url_refused, webhook_quota_exceeded, those of quotas. */
  async create(accountId: number, { url, events }: WebhookSettings, change: Change): Promise<WithSecret> {
    const { store, sender, quotas } = this.#parts;
    const accepted = sender.accept(url);
    await quotas.assertWithin(accountId, change);
    const id = encodeBase32(this.#parts.randomBytes(ID_BYTES)).toLowerCase();
    const { bytes, shown } = this.#newSecret();
    const webhook = { accountId, id, url: accepted, events, secret: bytes };
    return shown(await store.createWebhook(webhook, withResult(change, shown)));
  }

  /** Faults: webhook_not_found. */
  async find(accountId: number, id: string): Promise<Webhook> {
    const found = (await this.#parts.store.listWebhooks(accountId)).find((one) => one.id === id);
    if (found === undefined) throw webhookNotFound();
    return found;
  }

  /** Faults: webhook_not_found, webhook_url_refused. */
  change(accountId: number, id: string, asked: WebhookChange, change: Change): Promise<Webhook> {
    const { store, sender } = this.#parts;
    const url = asked.url === undefined ? {} : { url: sender.accept(asked.url) };
    return store.changeWebhook(accountId, id, { ...asked, ...url }, change);
  }

  /** The secret until now signs along for a day. Faults: webhook_not_found. */
  async rotateSecret(accountId: number, id: string, change: Change): Promise<WithSecret> {
    const { bytes, shown } = this.#newSecret();
    const made = withResult(change, shown);
    return shown(await this.#parts.store.rotateWebhookSecret(accountId, id, bytes, made));
  }

  /**
   * Sends an event once more, now, in front of others. Faults: webhook_not_found, event_not_found.
   *
   * @param givenUp aborted when it is to be cut off
   */
  async resend(owner: Owner, id: string, event: EventRecord, givenUp?: AbortSignal): Promise<Attempt> {
    // Its message would have another type, and another id, than the one that a server of that version sends.
    if (event.event === UNKNOWN_EVENT) throw eventOfLaterVersion();
    if (namedTime(event.at) !== event.at) throw eventOfNoTime();
    const message = eventMessage(owner.publicId, event, owner.test !== undefined, this.#parts.digest);
    const what = { kind: 'resend', sequence: event.id, type: event.event } as const;
    return this.#send(owner, id, message, what, givenUp);
  }

  /** Sends a message that says nothing, to see whether it is taken. Faults: webhook_not_found. */
  test(owner: Owner, id: string, givenUp?: AbortSignal): Promise<Attempt> {
    const drawn = Buffer.from(this.#parts.randomBytes(16)).toString('hex');
    const now = this.#parts.clock() + (owner.test?.offsetMs ?? 0);
    const message = testMessage(webhookName(id), drawn, now, owner.test !== undefined);
    return this.#send(owner, id, message, { kind: 'test', sequence: null, type: TEST_TYPE }, givenUp);
  }

  /** Keeps what came of {@link resend} or {@link test}. Faults: webhook_not_found. */
  keep(accountId: number, id: string, attempt: Attempt, change: Change): Promise<Delivery> {
    return this.#parts.store.keepDelivery(accountId, id, attempt, change);
  }

  async #send(
    owner: Owner,
    id: string,
    message: Message,
    what: Pick<Attempt, 'kind' | 'sequence' | 'type'>,
    givenUp: AbortSignal | undefined,
  ): Promise<Attempt> {
    const { store, sender, clock } = this.#parts;
    const at = clock();
    const target = await store.webhookTarget(owner.id, id, at);
    const late = AbortSignal.timeout(ANSWER_WITHIN_MS);
    const until = givenUp === undefined ? late : AbortSignal.any([late, givenUp]);
    const outcome = await sender.post(target, message, at, until);
    return { ...what, at, ...outcome };
  }

  #newSecret() {
    const bytes = this.#parts.randomBytes(SECRET_BYTES);
    const secret = new Secret(SECRET_PREFIX + Buffer.from(bytes).toString('base64'));
    return {
      bytes: new Secret(bytes),
      shown: (webhook: Webhook): WithSecret => ({ webhook, secret }),
    };
  }
}
