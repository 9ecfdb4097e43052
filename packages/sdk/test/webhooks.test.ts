/**
 * Messages of webhooks, signed by the package of Standard Webhooks.
 *
 * Seen to fail: without the look at the timestamp, an old message was taken.
 */
import { Webhook } from 'standardwebhooks';
import { describe, expect, test } from 'vitest';
import { verifyWebhook, WebhookInvalid } from '../src/index.ts';

const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const AT = 1_700_000_000_000;
const BODY =
  '{"type":"client.locked","timestamp":"2023-11-14T22:13:20.000Z","data":{"sequence":7,"clientId":"é"}}';
const now = () => AT;

const signed = (body = BODY, secret = SECRET) => ({
  'webhook-id': 'msg_1',
  'webhook-timestamp': String(AT / 1000),
  'webhook-signature': `v1,bm9uZQ== ${new Webhook(secret).sign('msg_1', new Date(AT), body)}`,
});

describe('a message of a webhook', () => {
  test.each([
    ['an object', signed()],
    ['Headers of fetch', new Headers(signed())],
    ['names in capitals', { 'Webhook-Id': 'msg_1', ...capitals(signed()) }],
  ])('is read, with headers as %s', async (_, headers) => {
    for (const body of [BODY, new TextEncoder().encode(BODY)]) {
      expect(await verifyWebhook(body, headers, SECRET, { now })).toMatchObject({
        type: 'client.locked',
        data: { sequence: 7 },
      });
    }
  });

  test.each<readonly [string, string, object, string, number]>([
    ['another body', BODY.replace('7', '8'), signed(), SECRET, AT],
    ['another id', BODY, { ...signed(), 'webhook-id': 'msg_2' }, SECRET, AT],
    ['another timestamp', BODY, { ...signed(), 'webhook-timestamp': String(AT / 1000 + 1) }, SECRET, AT],
    ['no timestamp', BODY, { ...signed(), 'webhook-timestamp': 'soon' }, SECRET, AT],
    [
      'another version',
      BODY,
      { ...signed(), 'webhook-signature': signed()['webhook-signature'].replaceAll('v1,', 'v2,') },
      SECRET,
      AT,
    ],
    ['a signature that is none', BODY, { ...signed(), 'webhook-signature': 'v1,***' }, SECRET, AT],
    ['no headers', BODY, {}, SECRET, AT],
    ['another secret', BODY, signed(), 'whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA', AT],
    ['an age of more than five minutes', BODY, signed(), SECRET, AT + 301_000],
    ['a time to come', BODY, signed(), SECRET, AT - 301_000],
  ])('with %s is refused', async (_, body, headers, secret, at) => {
    const verified = verifyWebhook(body, headers as Record<string, string>, secret, { now: () => at });
    await expect(verified).rejects.toBeInstanceOf(WebhookInvalid);
  });
});

function capitals(headers: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toUpperCase(), value]));
}
