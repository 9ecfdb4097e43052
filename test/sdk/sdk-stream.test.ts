import { afterAll, expect, test } from 'vitest';
import { Kanda, KeyInvalid } from '../../packages/sdk/src/index.ts';
import { Caller, openAccount } from '../support/caller.ts';
import { CuttingProxy } from '../support/cutting-proxy.ts';
import { endAll, KandaProcess } from '../support/kanda-process.ts';

afterAll(endAll);

test('the stream of events loses none and repeats none when its connection breaks, and ends with its key', async () => {
  const server = await KandaProcess.start();
  const proxy = await CuttingProxy.start(server.url);
  const { apiKey, token, keyId } = await openAccount(server.url);
  const owner = new Caller(server.url).withBearer(token);
  const kanda = new Kanda({ url: proxy.url, apiKey });
  const seen: (string | null)[] = [];

  const stream = '/api/logs/stream';
  proxy.cut(
    { at: 'answer', bytes: 0, path: stream },
    { at: 'answer', bytes: 700, path: stream },
    { at: 'answer', bytes: 1_500, how: 'reset', path: stream },
  );
  const following = (async () => {
    for await (const { clientId } of kanda.logs.stream({ event: 'client.registered' })) seen.push(clientId);
  })();
  const ended = following.then(
    () => null,
    (error: unknown) => error,
  );
  // The log's end is read first, through the proxy.
  await expect.poll(() => proxy.counts.requests).toBeGreaterThan(2);
  const ids = Array.from({ length: 12 }, (_, index) => `user-${index}`);
  for (const id of ids) await owner.enrol(id);
  await expect.poll(() => seen).toEqual(ids);
  expect(proxy.counts.planned).toBe(0);

  await owner.call('DELETE', `/api/keys/${keyId}`);
  expect(await ended).toBeInstanceOf(KeyInvalid);
  await proxy.stop();
});

test('a loop that is left closes the connection, and a signal ends it', async () => {
  const server = await KandaProcess.start();
  const { apiKey } = await openAccount(server.url);
  const kanda = new Kanda({ url: server.url, apiKey });
  for await (const event of kanda.logs.stream({ after: 0 })) {
    expect(event.event).toBe('account.registered');
    break;
  }
  const ending = new AbortController();
  const reason = new Error('enough');
  const following = (async () => {
    for await (const _ of kanda.logs.stream({ after: 0 }, { signal: ending.signal })) ending.abort(reason);
  })();
  await expect(following).rejects.toBe(reason);
});
