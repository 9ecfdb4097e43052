/**
 * Webhooks of a server in a process of its own, to a receiver that verifies with the package `standardwebhooks`.
 *
 * Seen to fail: with one secret alone signing while they turn, the receiver with the old one took nothing; without the
 * wait after a failure, the receiver that is down for an hour was asked too often.
 */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, expect, test, vi } from 'vitest';
import { type Caller, codeOf } from '../support/caller.ts';
import { FOREIGN_IDS } from '../support/foreign-ids.ts';
import { endAll, KandaProcess, temporaryFolder } from '../support/kanda-process.ts';
import { findLibfaketime, MovableClock } from '../support/movable-clock.ts';
import { SOON } from '../support/patience.ts';
import { ownerOf } from '../support/webhook-owner.ts';
import { WebhookReceiver } from '../support/webhook-receiver.ts';

const open: { stop(): Promise<unknown> }[] = [];
afterEach(async () => {
  for (const one of open.splice(0)) await one.stop();
});
afterAll(endAll);

async function started(options: Parameters<typeof KandaProcess.start>[0] = {}) {
  const kanda = await KandaProcess.start({ flags: ['--webhook-allow', '127.0.0.1'], ...options });
  const receiver = await WebhookReceiver.start();
  open.push(receiver);
  return { kanda, receiver, owner: await ownerOf(kanda.url) };
}

async function hook(owner: Caller, receiver: WebhookReceiver, more: object = {}) {
  const answer = await owner.post('/api/webhooks', { url: receiver.url, ...more });
  expect(answer.status, answer.text).toBe(201);
  receiver.secrets = [answer.json.secret];
  return { id: answer.json.id as string, secret: answer.json.secret as string };
}

test('what happens is sent, signed, as the log has it, from the webhook on', async () => {
  const { receiver, owner } = await started();
  await owner.enrol('before');
  const { id } = await hook(owner, receiver);
  const phone = await owner.enrol('ada');
  await owner.validate('ada', codeOf(phone));
  await owner.validate('ada', '000000');
  await vi.waitFor(() => expect(receiver.taken).toHaveLength(3), SOON);
  expect(receiver.forged).toEqual([]);
  expect(receiver.taken.map(({ type }) => type)).toEqual([
    'client.registered',
    'totp.validated',
    'totp.validated',
  ]);
  const log = (await owner.get('/api/logs?limit=3')).json.data.reverse();
  expect(receiver.taken.map(({ data: { sequence, ...event } }) => event)).toEqual(log);
  expect(receiver.sequences).toEqual(log.map(({ id: number }: { id: number }) => number));
  const shown = await owner.get(`/api/webhooks/${id}`);
  expect(shown.json).toMatchObject({ status: 'active', behind: 0, deliveredTo: receiver.sequences.at(-1) });
  expect(shown.text).not.toContain('whsec_');
});

test('ids that others own are sent as they are', async () => {
  const { receiver, owner } = await started();
  await hook(owner, receiver);
  const records = FOREIGN_IDS.map((clientId) => ({
    ...{ clientId, label: 'Alice', issuer: 'MyApp', secret: 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ' },
  }));
  expect((await owner.post('/api/totp/import', { records })).status).toBe(200);
  await vi.waitFor(() => expect(receiver.taken).toHaveLength(FOREIGN_IDS.length), SOON);
  expect(receiver.taken.map(({ data }) => data.clientId).sort()).toEqual([...FOREIGN_IDS].sort());
  expect(receiver.forged).toEqual([]);
});

test('only the events that it asks for, and what is changed holds from the next event on', async () => {
  const { receiver, owner } = await started();
  const { id } = await hook(owner, receiver, { events: ['client.deleted'] });
  for (const name of ['ada', 'bob']) await owner.enrol(name);
  await owner.call('DELETE', '/api/totp/clients/ada');
  await vi.waitFor(() => expect(receiver.taken.map(({ type }) => type)).toEqual(['client.deleted']), SOON);
  expect((await owner.call('PATCH', `/api/webhooks/${id}`, { enabled: false })).json.status).toBe('off');
  await owner.call('DELETE', '/api/totp/clients/bob');
  const on = await owner.call('PATCH', `/api/webhooks/${id}`, { enabled: true, events: null });
  expect(on.json).toMatchObject({ status: 'active', events: null });
  // Those of a client and those of none are sent side by side.
  await vi.waitFor(
    () =>
      expect(receiver.taken.map(({ type }) => type).sort()).toEqual([
        'client.deleted',
        'client.deleted',
        'webhook.updated',
        'webhook.updated',
      ]),
    SOON,
  );
});

test('two secrets sign while they turn; a changed message, and one with a foreign secret, is refused', async () => {
  const { receiver, owner } = await started();
  const { id, secret: first } = await hook(owner, receiver);
  const turned = await owner.post(`/api/webhooks/${id}/rotate-secret`);
  const second = turned.json.secret;
  expect(second).not.toBe(first);
  for (const secrets of [[first], [second]]) {
    receiver.secrets = secrets;
    expect((await owner.post(`/api/webhooks/${id}/test`)).json).toMatchObject({
      kind: 'test',
      type: 'webhook.test',
      delivered: true,
      status: 204,
    });
  }
  const third = (await owner.post(`/api/webhooks/${id}/rotate-secret`)).json.secret;
  receiver.secrets = [first];
  expect((await owner.post(`/api/webhooks/${id}/test`)).json).toMatchObject({
    delivered: false,
    status: 401,
  });
  receiver.secrets = [third];
  expect((await owner.post(`/api/webhooks/${id}/test`)).json).toMatchObject({ delivered: true });
  const { headers, text } = receiver.taken.at(-1) ?? { headers: {}, text: '' };
  const send = async (body: string, more: object = {}) =>
    (await fetch(receiver.url, { method: 'POST', body, headers: { ...picked(headers), ...more } })).status;
  expect(await send(text)).toBe(204);
  expect(await send(text.replace('webhook.test', 'webhook.tess'))).toBe(401);
  expect(await send(text, { 'webhook-id': 'msg_another' })).toBe(401);
  expect(await send(text, { 'webhook-timestamp': '1700000000' })).toBe(401);
});

const picked = (headers: object) =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => name.startsWith('webhook-')));

test('an event is sent again when that is asked for, with the id that it had, and the list has every attempt', async () => {
  const { receiver, owner } = await started();
  const { id } = await hook(owner, receiver);
  receiver.answering = () => 500;
  await owner.enrol('ada');
  const deliveries = async () => (await owner.get(`/api/webhooks/${id}/deliveries`)).json.data;
  await vi.waitFor(async () => expect(await deliveries()).not.toEqual([]), SOON);
  const failed = (await deliveries()).at(-1);
  expect(failed).toMatchObject({ kind: 'event', type: 'client.registered', status: 500, delivered: false });
  expect((await owner.get(`/api/webhooks/${id}`)).json).toMatchObject({ status: 'failing', behind: 1 });
  receiver.answering = () => 204;
  const key = { 'idempotency-key': 'resend-1' };
  const resend = () => owner.post(`/api/webhooks/${id}/resend`, { sequence: failed.sequence }, key);
  const first = await resend();
  expect(first.json).toMatchObject({ kind: 'resend', sequence: failed.sequence, delivered: true });
  expect((await resend()).json).toEqual(first.json);
  await vi.waitFor(() => expect(receiver.taken).toHaveLength(2), SOON);
  expect(new Set(receiver.taken.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
  await vi.waitFor(
    async () =>
      expect((await owner.get(`/api/webhooks/${id}`)).json).toMatchObject({ status: 'active', behind: 0 }),
    SOON,
  );
  expect((await owner.post(`/api/webhooks/${id}/resend`, { sequence: 999 })).json.code).toBe(
    'event_not_found',
  );
});

test('a receiver that answers 410 gets nothing more, and the log says so', async () => {
  const { receiver, owner } = await started();
  const { id } = await hook(owner, receiver);
  receiver.answering = () => 410;
  await owner.enrol('ada');
  await vi.waitFor(
    async () =>
      expect((await owner.get(`/api/webhooks/${id}`)).json).toMatchObject({
        status: 'off',
        offReason: 'gone',
      }),
    SOON,
  );
  const [event] = (await owner.get('/api/logs?event=webhook.switched_off')).json.data;
  expect(event).toMatchObject({ actor: 'kanda', reason: id, outcome: 'success' });
});

test('a server with KANDA_WEBHOOKS=off sends nothing, also when it is asked to, and goes on without it', async () => {
  const on = ['--webhook-allow', '127.0.0.1'];
  const { kanda, receiver, owner } = await started({ flags: [...on, '--webhooks', 'off'] });
  const { id } = await hook(owner, receiver);
  await owner.enrol('ada');
  for (const [call, body] of [
    ['test', undefined],
    ['resend', { sequence: 1 }],
  ] as const) {
    expect((await owner.post(`/api/webhooks/${id}/${call}`, body)).json).toMatchObject({
      delivered: false,
      status: null,
      error: 'this server sends no webhooks (KANDA_WEBHOOKS=off)',
    });
  }
  // Longer than it takes to look who waits.
  await sleep(2_500);
  expect((await owner.get(`/api/webhooks/${id}`)).json).toMatchObject({ status: 'active', failures: 0 });
  await kanda.stop();
  expect(receiver.asked).toBe(0);
  await kanda.again({ flags: on });
  await vi.waitFor(() => expect(receiver.taken.map(({ type }) => type)).toEqual(['client.registered']), SOON);
});

test('what the test half does is sent to its own webhooks alone', async () => {
  const { receiver, owner } = await started();
  await hook(owner, receiver);
  const key = (
    await owner.post('/api/keys', { name: 'test', mode: 'test', scopes: ['totp:write', 'webhooks:write'] })
  ).json;
  const half = owner.withBearer(key.apiKey);
  const other = await WebhookReceiver.start();
  open.push(other);
  await hook(half, other);
  await half.post('/api/test/clock', { advanceSeconds: 86_400 });
  await half.enrol('made-up');
  await vi.waitFor(() => expect(other.taken.map(({ type }) => type)).toContain('client.registered'), SOON);
  expect(other.taken.every(({ headers }) => headers['kanda-mode'] === 'test')).toBe(true);
  await owner.enrol('real');
  await vi.waitFor(() => expect(receiver.taken.map(({ data }) => data.clientId)).toEqual(['real']), SOON);
  expect(other.taken.map(({ data }) => data.clientId)).not.toContain('real');
});

const libfaketime = findLibfaketime();

test.skipIf(libfaketime === null)(
  'a receiver that is down for an hour gets one message each time, and then everything',
  async () => {
    const clock = new MovableClock(join(temporaryFolder(), 'clock'));
    const { receiver, owner } = await started({
      flags: ['--webhook-allow', '127.0.0.1', '--token-ttl', '24h'],
      env: clock.variables(libfaketime ?? ''),
    });
    const { id } = await hook(owner, receiver);
    const state = async () => (await owner.get(`/api/webhooks/${id}`)).json;
    const { port } = receiver;
    await receiver.stop();
    open.pop();
    for (let number = 0; number < 30; number++) await owner.enrol(`user-${number}`);
    let ahead = 0;
    let tries = 0;
    while (ahead < 3_600) {
      await vi.waitFor(async () => expect((await state()).failures).toBeGreaterThan(tries), SOON);
      const { failures, nextAttemptAt, status } = await state();
      expect(status).toBe('failing');
      tries = failures;
      ahead = Math.ceil((Date.parse(nextAttemptAt) - Date.now()) / 1_000) + 1;
      clock.move(ahead);
    }
    // The waits double: within the hour it was asked ten times or so.
    expect(tries).toBeGreaterThan(7);
    expect(tries).toBeLessThan(14);
    const { data } = (await owner.get(`/api/webhooks/${id}/deliveries?limit=200`)).json;
    expect(new Set(data.slice(0, tries - 1).map(({ sequence }: { sequence: number }) => sequence)).size).toBe(
      1,
    );
    const back = await WebhookReceiver.start(port);
    open.push(back);
    back.secrets = receiver.secrets;
    back.aheadMs = (ahead + 7_200) * 1_000;
    clock.move(ahead + 7_200);
    await vi.waitFor(async () => expect(await state()).toMatchObject({ status: 'active', behind: 0 }), SOON);
    expect(back.sequences).toHaveLength(30);
    expect(back.forged).toEqual([]);
  },
);
