/** The receivers of docs/guides/webhooks.md, run as they are, with messages of a real server and of the package `standardwebhooks`. */
import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { Webhook } from 'standardwebhooks';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { bareEnvironment } from '../../tools/child-environment.mjs';
import { fencedBlocks } from '../../tools/markdown.ts';
import { build, GO_SDK, go, runGo } from '../sdk/go-program.ts';
import type { Caller } from '../support/caller.ts';
import { endAll, KandaProcess, temporaryFolder } from '../support/kanda-process.ts';
import { SOON } from '../support/patience.ts';
import { findTool } from '../support/test-tools.ts';
import { ownerOf } from '../support/webhook-owner.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const python = findTool('python sdk surroundings');
/** The SDK's sources, in the place of the package. */
const SDK = pathToFileURL(join(ROOT, 'packages/sdk/src/index.ts')).href;

let owner: Caller;
const running: ChildProcess[] = [];

beforeAll(async () => {
  const server = await KandaProcess.start({ flags: ['--webhook-allow', '127.0.0.1'] });
  owner = await ownerOf(server.url);
});
afterEach(() => {
  for (const child of running.splice(0)) child.kill();
});
afterAll(endAll);

function shown(language: string): string {
  const markdown = readFileSync(join(ROOT, 'docs/guides/webhooks.md'), 'utf8');
  return fencedBlocks(markdown).find((block) => block.language === language)?.text ?? '';
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Runs a receiver, has it get events, and messages that Kanda did not send. */
async function expectReceives(command: string, args: readonly string[], env: object = {}): Promise<void> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}/`;
  const { id, secret } = (await owner.post('/api/webhooks', { url, events: ['client.registered'] })).json;
  const child = spawn(command, args, {
    env: bareEnvironment({ ...env, PORT: String(port), WEBHOOK_SECRET: secret }),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.push(child);
  let printed = '';
  child.stdout.on('data', (text) => (printed += text));
  child.stderr.on('data', (text) => (printed += text));
  const post = (headers: Record<string, string>) =>
    fetch(url, { method: 'POST', body: '{"type":"client.locked"}', headers });
  const forged = {
    'webhook-id': 'msg_1',
    'webhook-timestamp': String(Math.floor(Date.now() / 1_000)),
    'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
  };
  await vi.waitFor(async () => expect((await post(forged)).status, printed).toBe(400), SOON);
  expect((await post({})).status).toBe(400);
  expect(printed).not.toContain('client.locked');

  // What another implementation signs is taken, too: nothing here is Kanda's alone.
  const data = { clientId: 'of-the-package', sequence: 7 };
  const body = JSON.stringify({ type: 'client.locked', timestamp: new Date().toISOString(), data });
  const at = new Date();
  const signed = {
    'webhook-id': 'msg_2',
    'webhook-timestamp': String(Math.floor(at.getTime() / 1_000)),
    'webhook-signature': new Webhook(secret).sign('msg_2', at, body),
  };
  expect((await fetch(url, { method: 'POST', body, headers: signed })).status, printed).toBe(204);
  await vi.waitFor(() => expect(printed).toContain('client.locked of-the-package 7'), SOON);

  const clientId = `user-${port}`;
  await owner.enrol(clientId);
  await vi.waitFor(() => expect(printed).toContain(`client.registered ${clientId} `), SOON);
  const sequence = Number(printed.split(`${clientId} `)[1]?.split('\n')[0]);
  expect((await owner.get(`/api/logs/${sequence}`)).json).toMatchObject({ clientId });
  expect((await owner.post(`/api/webhooks/${id}/test`)).json).toMatchObject({ delivered: true });
  await owner.call('DELETE', `/api/webhooks/${id}`);
}

describe('the receiver in', () => {
  test('JavaScript takes what Kanda sends, and nothing else', async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'receiver.mjs'), shown('js').replace('@kanda/sdk', SDK));
    await expectReceives(process.execPath, [join(folder, 'receiver.mjs')]);
  });

  test.skipIf(python === null)('Python takes what Kanda sends, and nothing else', async () => {
    const file = join(temporaryFolder(), 'receiver.py');
    writeFileSync(file, shown('py'));
    await expectReceives(python ?? '', [file], { PYTHONPATH: join(ROOT, 'sdks/python/src') });
  });

  test.skipIf(go === null)('Go takes what Kanda sends, and nothing else', async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'main.go'), shown('go'));
    runGo(['mod', 'init', 'shop.example/shop'], folder);
    const module = 'kanda.example/kanda';
    runGo(['mod', 'edit', `-require=${module}@v0.1.0`, `-replace=${module}=${GO_SDK}`], folder);
    runGo(['vet', '.'], folder);
    await expectReceives(build('.', folder), []);
  });
});
