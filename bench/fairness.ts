/**
 * What one account's flood does to another's validations: the other's p99 alone, and while the flood runs. The other
 * sends on its own connections at a rate that it keeps, whatever the answers take: so no wait goes uncounted.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Fleet, makeFleet, quantile, Validator } from './fleet.ts';
import { load, median, start } from './load.ts';

const KANDA = new URL('../apps/server/bin/kanda.mjs', import.meta.url).pathname;
const CLIENTS = 20_000;
const OTHERS_PER_SECOND = 100;
/** Before the flood is measured. */
const WARM_UP_MS = 1_000;
const MAX_TIMES_SLOWER = 5;
const RATE_LIMITS = [null, 200] as const;

export interface FairnessOptions {
  readonly rounds: number;
  readonly seconds: number;
  /** Of the flood. */
  readonly connections: number;
}

/** Measures with and without `KANDA_RATE_LIMIT`, and prints the ratios; fails when one is above 5. */
export async function fairness(options: FairnessOptions): Promise<void> {
  for (const limit of RATE_LIMITS) {
    const dataDir = mkdtempSync(join(tmpdir(), 'kanda-fairness-'));
    try {
      await measure(dataDir, limit, options);
    } finally {
      rmSync(dataDir, { recursive: true, force: true });
    }
  }
}

async function measure(dataDir: string, limit: number | null, options: FairnessOptions): Promise<void> {
  const { rounds, seconds, connections } = options;
  const fleet = await makeFleet(dataDir, 2, CLIENTS, 0);
  const server = await start([KANDA, 'serve', '--port', 'PORT', '--data-dir', dataDir], {
    KANDA_LOG_LEVEL: 'error',
    KANDA_RATE_LIMIT: String(limit ?? 'off'),
  });
  const setting = limit === null ? 'without KANDA_RATE_LIMIT' : `KANDA_RATE_LIMIT=${limit}`;
  console.log(
    `\n## ${OTHERS_PER_SECOND} validations a second of one account, beside ${connections} connections of another that never rest, ${setting}\n`,
  );
  console.log(
    '| round | alone p50 ms | alone p99 ms | beside p50 ms | beside p99 ms | flood a second | ratio p99 |',
  );
  console.log('| --- | --- | --- | --- | --- | --- | --- |');
  const flood = (length: number) =>
    load(server.url, {
      script: 'flood.lua',
      connections,
      seconds: length,
      env: { BENCH_TOKEN: fleet.members[0]?.apiKey ?? '', BENCH_CLIENTS: String(CLIENTS) },
    });
  const other = new OtherAccount(fleet, new Validator(server.url, OTHERS_PER_SECOND));
  const ratios: number[] = [];
  try {
    // Compiled and cached from here on, as in a server that has run for a while.
    await Promise.all([flood(2), other.validate(2)]);
    for (let round = 1; round <= rounds; round++) {
      const alone = await other.validate(seconds);
      const flooding = flood(seconds + 2);
      await sleep(WARM_UP_MS);
      const beside = await other.validate(seconds);
      const { perSecond } = await flooding;
      const ratio = quantile(beside, 0.99) / quantile(alone, 0.99);
      ratios.push(ratio);
      const figures = [alone, beside].flatMap((times) => [0.5, 0.99].map((part) => quantile(times, part)));
      console.log(
        `| ${round} | ${figures.map((ms) => ms.toFixed(2)).join(' | ')} | ${perSecond.toFixed(0)} | ${ratio.toFixed(2)} |`,
      );
    }
  } finally {
    other.close();
    await server.stop();
  }
  console.log(
    `\nratio of the p99, ${setting}: median ${median(ratios).toFixed(2)}, at most ${MAX_TIMES_SLOWER} is the aim`,
  );
  if (median(ratios) > MAX_TIMES_SLOWER) process.exitCode = 1;
}

/** Right codes, each of another client, at a steady rate. */
class OtherAccount {
  readonly #fleet: Fleet;
  readonly #validator: Validator;
  #client = 0;

  constructor(fleet: Fleet, validator: Validator) {
    this.#fleet = fleet;
    this.#validator = validator;
  }

  /** How long each call of these seconds took, from the moment at which it was due. */
  async validate(seconds: number): Promise<readonly number[]> {
    const begun = performance.now();
    const calls: Promise<number>[] = [];
    for (let number = 0; number < seconds * OTHERS_PER_SECOND; number++) {
      const due = begun + (number * 1000) / OTHERS_PER_SECOND;
      const early = due - performance.now();
      if (early > 0) await sleep(early);
      calls.push(this.#once(due));
    }
    return Promise.all(calls);
  }

  async #once(due: number): Promise<number> {
    const client = this.#client++ % CLIENTS;
    const code = this.#fleet.codeOf(1, client, Date.now());
    const apiKey = this.#fleet.members[1]?.apiKey ?? '';
    // The timer's own lateness is this process's, not the server's.
    const begun = Math.max(due, performance.now());
    const { status, body } = await this.#validator.validate(apiKey, `client-${client}`, code);
    if (status !== 200 || body !== '{"valid":true}') throw new Error(`${status} ${body}`);
    return performance.now() - begun;
  }

  close(): void {
    this.#validator.close();
  }
}
