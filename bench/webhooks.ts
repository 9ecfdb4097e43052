/**
 * Validations at full load beside a webhook whose receiver is slow, or down, as a ratio to those without one; in turn on
 * the same server. Each validation is an event that is to be sent.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openInstallation } from '../apps/server/src/compose/installation.ts';
import { loadConfig } from '../apps/server/src/config/load.ts';
import { CLI_ORIGIN } from '../apps/server/src/domain/log/events.ts';
import { makeFleet } from './fleet.ts';
import { load, median, start } from './load.ts';

const KANDA = new URL('../apps/server/bin/kanda.mjs', import.meta.url).pathname;
const CLIENTS = 20_000;
const ANSWERS_AFTER_MS = 100;
/** Nothing listens there. */
const DOWN = 'http://127.0.0.1:9/';

export interface WebhookOptions {
  readonly rounds: number;
  readonly seconds: number;
  readonly connections: number;
}

/** Prints the ratios. */
export async function besideWebhooks({ rounds, seconds, connections }: WebhookOptions): Promise<void> {
  const dataDir = mkdtempSync(join(tmpdir(), 'kanda-webhooks-'));
  let received = 0;
  const receiver = createServer((request, response) => {
    received++;
    request.resume();
    setTimeout(() => response.writeHead(204).end(), ANSWERS_AFTER_MS);
  }).listen(0, '127.0.0.1');
  try {
    const [member] = (await makeFleet(dataDir, 1, CLIENTS, 0)).members;
    if (member === undefined) throw new Error('no account was made');
    const flags = { 'data-dir': dataDir, 'webhook-allow': '127.0.0.1' };
    const { webhooks, close } = await openInstallation(loadConfig({}, flags));
    const change = () => ({ at: Date.now(), origin: CLI_ORIGIN });
    const slow = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/`;
    const { webhook } = await webhooks.create(member.accountId, { url: slow, events: null }, change());
    const server = await start([KANDA, 'serve', '--port', 'PORT', '--data-dir', dataDir], {
      KANDA_LOG_LEVEL: 'error',
      KANDA_RATE_LIMIT: 'off',
      KANDA_WEBHOOK_ALLOW: '127.0.0.1',
    });
    const validations = async (url: string | null): Promise<number> => {
      const asked = url === null ? { enabled: false } : { enabled: true, url };
      await webhooks.change(member.accountId, webhook.id, asked, change());
      const env = { BENCH_TOKEN: member.apiKey, BENCH_CLIENTS: String(CLIENTS) };
      return (await load(server.url, { script: 'flood.lua', connections, seconds, env })).perSecond;
    };
    console.log(`\n## validations a second beside a webhook, ${connections} connections\n`);
    console.log('| round | without | receiver down | ratio | answers after 100 ms | ratio |');
    console.log('| --- | --- | --- | --- | --- | --- |');
    const ratios: { down: number; slow: number }[] = [];
    await validations(null);
    for (let round = 1; round <= rounds; round++) {
      const [before, down, slowly, after] = [
        await validations(null),
        await validations(DOWN),
        await validations(slow),
        await validations(null),
      ];
      const without = (before + after) / 2;
      ratios.push({ down: down / without, slow: slowly / without });
      const cells = [round, without.toFixed(0), down.toFixed(0), (down / without).toFixed(3)];
      console.log(`| ${[...cells, slowly.toFixed(0), (slowly / without).toFixed(3)].join(' | ')} |`);
    }
    const middle = (which: 'down' | 'slow') => median(ratios.map((one) => one[which])).toFixed(3);
    console.log(
      `\nmedian ratio: receiver down ${middle('down')}, slow ${middle('slow')}; ${received} messages sent`,
    );
    await server.stop();
    await close();
  } finally {
    receiver.closeAllConnections();
    receiver.close();
    rmSync(dataDir, { recursive: true, force: true });
  }
}
