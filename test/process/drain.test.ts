/**
 * What a load balancer sees of a stop: /readyz answers 503 at once, calls go on being answered for as long as
 * KANDA_DRAIN says, and then the process ends. And what the process writes: one line for each request.
 */
import { afterAll, expect, test } from 'vitest';
import { Caller, codeOf, openAccount } from '../support/caller.ts';
import { endAll, KandaProcess } from '../support/kanda-process.ts';

afterAll(endAll);

const DRAIN_MS = 8_000;

test('readyz answers 503 as soon as a stop begins, while codes are still judged over old and new connections', async () => {
  const server = await KandaProcess.start({ env: { KANDA_DRAIN: '8s' } });
  const access = await openAccount(server.url);
  const caller = new Caller(server.url).withBearer(access.apiKey);
  const client = await caller.enrol('alice');
  const balancer = new Caller(server.url);
  expect((await balancer.get('/readyz')).status).toBe(200);

  const begun = performance.now();
  const stopped = server.stop();
  await expect
    .poll(async () => (await balancer.get('/readyz')).status, { interval: 20, timeout: DRAIN_MS })
    .toBe(503);
  expect(performance.now() - begun).toBeLessThan(DRAIN_MS);
  const refused = await new Caller(server.url).get('/readyz');
  expect(refused.json).toMatchObject({ status: 503, code: 'stopping' });
  expect((await balancer.get('/healthz')).status).toBe(200);
  expect((await caller.validate('alice', codeOf(client))).json).toEqual({ valid: true });

  const { code, output } = await stopped;
  expect(code).toBe(0);
  expect(performance.now() - begun).toBeGreaterThanOrEqual(DRAIN_MS - 50);
  expect(output).toMatch(/"seconds":8,"msg":"Draining: /);
  // A balancer that asks is no failure of a request.
  expect(output).not.toContain('a request failed');
});

// Seen to fail with the second signal left to its default: null, SIGINT, and no word of a stop.
test('Ctrl+C under npm reaches the server twice, and is one stop', async () => {
  const server = await KandaProcess.start({ env: { KANDA_DRAIN: '1s' } });
  const stopped = server.stop('SIGINT');
  while (!server.output.includes('Draining: ')) await new Promise((resolve) => setTimeout(resolve, 5));
  server.stop('SIGINT');
  const { code, signal, output } = await stopped;
  expect({ code, signal }).toEqual({ code: 0, signal: null });
  expect(output).toContain('"msg":"Stopped"');
});

test('each request is one line of JSON with its id, the one that the answer and the access log have', async () => {
  const server = await KandaProcess.start();
  const access = await openAccount(server.url);
  const caller = new Caller(server.url).withBearer(access.apiKey);
  await caller.enrol('alice');
  const unknown = await caller.validate('unknown', '123456');
  await caller.get('/no/such/path');
  await server.stop();

  const lines = server.output
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>)
    .filter(({ msg }) => msg === 'request');
  expect(lines.map(({ method, route, status }) => `${method} ${route} ${status}`)).toEqual([
    'POST /api/auth/register 201',
    'POST /api/auth/login 200',
    'POST /api/keys 201',
    'POST /api/totp/register 201',
    'POST /api/totp/validate 404',
    'GET none 404',
  ]);
  expect(new Set(lines.map(({ requestId }) => requestId)).size).toBe(lines.length);
  expect(lines.map(({ requestId }) => requestId)).toContain(unknown.json.requestId);
  for (const line of lines) {
    expect(line).toMatchObject({ level: 30, ip: '127.0.0.1' });
    expect(line.ms).toBeGreaterThanOrEqual(0);
    expect(Date.parse(String(line.time))).toBeGreaterThan(0);
    expect(line).not.toHaveProperty('traceId');
  }
});
