/**
 * Turns the master key over 100,000 clients while their codes are judged: right codes of other clients all the time,
 * none of which may be refused or fail. Then takes the old key away, and goes on.
 *
 *   node bench/rotate.ts [--clients 100000] [--accounts 100] [--idle-accounts 9900] [--per-second 1000]
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { bareEnvironment } from '../tools/child-environment.mjs';
import { type Fleet, makeFleet, quantile, Validator } from './fleet.ts';
import { start } from './load.ts';

const KANDA = new URL('../apps/server/bin/kanda.mjs', import.meta.url).pathname;
/** Validations go on for so long before and after. */
const CALM_MS = 3_000;
const CONNECTIONS = 32;
/** A client's next code is another one by then, whatever the window. */
const CODE_LIFE_MS = 90_000;

const { values } = parseArgs({
  options: {
    clients: { type: 'string', default: '100000' },
    accounts: { type: 'string', default: '100' },
    'idle-accounts': { type: 'string', default: '9900' },
    'per-second': { type: 'string', default: '1000' },
  },
});
const accounts = Number(values.accounts);
const clientsEach = Math.ceil(Number(values.clients) / accounts);
const perSecond = Number(values['per-second']);
if ((accounts * clientsEach * 1000) / perSecond < CODE_LIFE_MS) {
  throw new Error('So few clients would have to use a code twice: take more of them, or fewer --per-second.');
}
const dataDir = mkdtempSync(join(tmpdir(), 'kanda-rotate-'));

interface Period {
  readonly name: string;
  readonly times: number[];
}

let period: Period = { name: 'before', times: [] };
const periods = [period];
const wrong: string[] = [];
let next = 0;
let stopped = false;

try {
  const filled = performance.now();
  const fleet = await makeFleet(dataDir, accounts, clientsEach, Number(values['idle-accounts']));
  console.log(
    `${accounts * clientsEach} clients of ${accounts} accounts and ${values['idle-accounts']} accounts without any, ` +
      `made in ${seconds(performance.now() - filled)}`,
  );
  const server = await start([KANDA, 'serve', '--port', 'PORT', '--data-dir', dataDir], {
    KANDA_LOG_LEVEL: 'error',
  });
  const validator = new Validator(server.url, CONNECTIONS);
  const began = performance.now();
  const workers = Array.from({ length: CONNECTIONS }, () => validate(fleet, validator, began));
  try {
    await sleep(CALM_MS);
    enter('rotate');
    const begun = performance.now();
    await kanda('keys', 'rotate');
    console.log(`the command took ${seconds(performance.now() - begun)}`);
    await kanda('keys', 'status');
    enter('retire');
    await kanda('keys', 'retire');
    enter('after');
    await sleep(CALM_MS);
  } finally {
    stopped = true;
    await Promise.all(workers);
    validator.close();
    await server.stop();
  }
} finally {
  rmSync(dataDir, { recursive: true, force: true });
}

console.log('\n| | right codes | p50 ms | p99 ms | slowest ms |\n| --- | --- | --- | --- | --- |');
for (const { name, times } of periods) {
  const [half, most, all] = [0.5, 0.99, 1].map((part) => quantile(times, part).toFixed(1));
  console.log(`| ${name} | ${times.length} | ${half} | ${most} | ${all} |`);
}
console.log(`\nnot accepted: ${wrong.length}${wrong.length > 0 ? `, the first: ${wrong[0]}` : ''}`);
if (wrong.length > 0) process.exitCode = 1;

/** One right code after the other, each of a client of another account, at the rate that is asked for. */
async function validate(fleet: Fleet, validator: Validator, begun: number): Promise<void> {
  while (!stopped) {
    const number = next++;
    const member = number % accounts;
    const client = Math.floor(number / accounts) % clientsEach;
    const early = begun + (number * 1000) / perSecond - performance.now();
    if (early > 1) await sleep(early);
    const { times } = period;
    const { apiKey } = fleet.members[member] as Fleet['members'][number];
    const code = fleet.codeOf(member, client, Date.now());
    const answer = await validator.validate(apiKey, `client-${client}`, code);
    if (answer.status !== 200 || answer.body !== '{"valid":true}')
      wrong.push(`${answer.status} ${answer.body}`);
    times.push(answer.tookMs);
  }
}

function enter(name: string): void {
  period = { name, times: [] };
  periods.push(period);
}

async function kanda(...args: string[]): Promise<void> {
  const child = spawn(process.execPath, [KANDA, ...args, '--data-dir', dataDir], {
    stdio: 'inherit',
    env: bareEnvironment(),
  });
  const [code] = await once(child, 'exit');
  if (code !== 0) throw new Error(`kanda ${args.join(' ')} ended with ${code}`);
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
