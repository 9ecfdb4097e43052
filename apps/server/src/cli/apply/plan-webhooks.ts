import type { Installation } from '../../compose/installation.ts';
import { type Webhook, type WebhookSettings, webhookName } from '../../domain/webhooks/webhook.ts';
import { messageOf } from '../lib/tell-error.ts';
import type { DesiredAccount, DesiredWebhook } from './desired.ts';
import { changeBy, type Halves, halfOf } from './halves.ts';
import type { Findings, Present, Step } from './plan.ts';
import { assertWritable, isThere, keepSecret } from './secret-file.ts';

/** Webhooks by their URLs. Those that the file does not name stay; one that was switched off stays off. */
export async function planWebhooks(
  { webhooks = [] }: DesiredAccount,
  halves: Halves,
  { installation, acceptUrl }: Present,
): Promise<Findings> {
  const steps: Step[] = [];
  const faults: string[] = [];
  let unchanged = 0;
  for (const [index, asked] of webhooks.entries()) {
    try {
      // As the store has it: https://example.com is https://example.com/ there.
      const webhook = { ...asked, url: acceptUrl(asked.url) };
      const isSame = (other: DesiredWebhook) =>
        acceptUrl(other.url) === webhook.url && isTest(other) === isTest(webhook);
      if (webhooks.findIndex(isSame) !== index)
        throw new Error(`${shown(webhook, halves)} is in the file twice.`);
      const step = await stepFor(webhook, halves, installation);
      if (step === null) unchanged++;
      else steps.push(step);
    } catch (error) {
      faults.push(`the webhook ${asked.url} of ${halves.email}: ${messageOf(error)}`);
    }
  }
  return { steps, unchanged, faults };
}

/** null: it is as the file says. @throws for people */
async function stepFor(
  webhook: DesiredWebhook,
  halves: Halves,
  installation: Installation | null,
): Promise<Step | null> {
  const half = isTest(webhook) ? halves.test : halves.live;
  const present =
    half === null || installation === null ? [] : await installation.store.listWebhooks(half.id);
  const same = present.find(({ url }) => url === webhook.url);
  if (same === undefined) {
    if (isThere(webhook.secretFile)) {
      throw new Error(
        `${shown(webhook, halves)} is to be made, and ${webhook.secretFile} is there already. Remove that file, or name another one.`,
      );
    }
    assertWritable(webhook.secretFile);
    return newWebhook(webhook, halves);
  }
  if (!isThere(webhook.secretFile)) {
    throw new Error(
      `${shown(webhook, halves)} is there, and ${webhook.secretFile} is not. Its secret is shown once: turn it with POST /api/webhooks/{id}/rotate-secret, and put the new one there.`,
    );
  }
  return sameEvents(same, webhook) ? null : otherEvents(same, webhook, halves);
}

function newWebhook(webhook: DesiredWebhook, halves: Halves): Step {
  const { url, events = null, secretFile } = webhook;
  return {
    action: 'create',
    what: 'webhook',
    account: halves.email,
    text: `${shown(webhook, halves)}, ${eventsOf(webhook)}, its secret written to ${secretFile}`,
    async run(installation) {
      const half = await halfOf(installation, halves.email, webhook.test);
      await keepSecret(secretFile, async () => {
        const made = await installation.webhooks.create(
          half.id,
          { url, events },
          changeBy(installation, half),
        );
        const { id } = made.webhook;
        return {
          text: made.secret.reveal(),
          undo: () => installation.store.deleteWebhook(half.id, id, changeBy(installation, half)),
          undoByHand: `DELETE /api/webhooks/${webhookName(id)}`,
        };
      });
    },
  };
}

function otherEvents({ id }: Webhook, webhook: DesiredWebhook, halves: Halves): Step {
  return {
    action: 'change',
    what: 'webhook',
    account: halves.email,
    text: `${shown(webhook, halves)}: ${eventsOf(webhook)}`,
    async run(installation) {
      const half = await halfOf(installation, halves.email, webhook.test);
      const events: WebhookSettings['events'] = webhook.events ?? null;
      await installation.webhooks.change(half.id, id, { events }, changeBy(installation, half));
    },
  };
}

function sameEvents({ events }: Webhook, { events: wanted }: DesiredWebhook): boolean {
  if (events === null || wanted === undefined) return events === null && wanted === undefined;
  return events.length === wanted.length && events.every((event) => wanted.includes(event));
}

function eventsOf({ events }: DesiredWebhook): string {
  return events === undefined ? 'every event' : events.join(' ');
}

function isTest({ test = false }: DesiredWebhook): boolean {
  return test;
}

function shown(webhook: DesiredWebhook, { email }: Halves): string {
  return `${isTest(webhook) ? 'test webhook' : 'webhook'} ${webhook.url} of ${email}`;
}
