/** Webhooks of a server in a process of its own, to a receiver that verifies with the package `standardwebhooks`. */
import { afterAll, afterEach, expect, test, vi } from 'vitest';
import { type Caller, codeOf } from '../support/caller.ts';
import { endAll, KandaProcess } from '../support/kanda-process.ts';
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
