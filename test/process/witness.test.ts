/**
 * A server, and a witness in a process of its own: each checkpoint is cosigned, and a second history is refused.
 *
 * Seen to fail without the guard: with a witness that judges no proof (`judgeSubmission` of witness/add-checkpoint.ts),
 * the changed log was cosigned, and `kanda_log_damaged` stayed 0 until the test ended.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, expect, test, vi } from 'vitest';
import { accountWithKey, KANDA, kanda, kandaDone } from '../../apps/server/test/cli/lib/run-kanda.ts';
import { bareEnvironment } from '../../tools/child-environment.mjs';
import { Caller, wrongCodes } from '../support/caller.ts';
import { endAll, KandaProcess, temporaryFolder } from '../support/kanda-process.ts';
import { SOON } from '../support/patience.ts';

const NAME = 'witness.example.com/kanda';

const witnesses: ChildProcess[] = [];
afterAll(async () => {
  for (const child of witnesses) child.kill('SIGKILL');
  await endAll();
});

class WitnessProcess {
  readonly #child: ChildProcess;
  readonly #printed = { stdout: '', stderr: '' };

  private constructor(args: readonly string[]) {
    this.#child = spawn(process.execPath, [KANDA, 'witness', ...args], {
      env: bareEnvironment({}),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    witnesses.push(this.#child);
    for (const stream of ['stdout', 'stderr'] as const)
      this.#child[stream]?.on('data', (text) => {
        this.#printed[stream] += text;
      });
  }

  static async start(dir: string, log: string, port = '0'): Promise<WitnessProcess> {
    const witness = new WitnessProcess(['--name', NAME, '--log', log, '--dir', dir, '--port', port]);
    await vi.waitFor(() => expect(witness.url).toMatch(/^http/), SOON);
    return witness;
  }

  get url(): string {
    return /http:\/\/[0-9.]+:\d+/.exec(this.#printed.stderr)?.[0] ?? '';
  }

  get key(): string {
    return this.#printed.stdout.trim();
  }

  get refusals(): string {
    return this.#printed.stderr;
  }

  async kill(): Promise<void> {
    const exited = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await exited;
  }
}

test('checkpoints are cosigned, and a log that begins otherwise is refused, reported and fails to verify', async () => {
  const dataDir = temporaryFolder();
  const witnessDir = join(temporaryFolder(), 'witness');
  const { userId, apiKey } = await accountWithKey(dataDir);
  const key = (await kandaDone(['audit', 'key', '--data-dir', dataDir])).stdout.trim();
  const origin = `kanda/${userId}`;
  let witness = await WitnessProcess.start(witnessDir, key);
  const witnessKey = witness.key;
  const flags = ['--checkpoint-interval', '1s', '--checkpoint-witnesses', `${witnessKey} ${witness.url}/`];
  const verify = (...more: string[]) =>
    kanda(['audit', 'verify', '--data-dir', dataDir, '--account', userId, '--key', key, ...more]);

  const server = await KandaProcess.start({ dataDir, flags });
  const caller = new Caller(server.url).withBearer(apiKey);
  const client = await caller.enrol('alice');
  for (const code of wrongCodes(client, 6)) await caller.validate('alice', code);
  const cosignedSize = async () => Number((await newestOf(witness, origin)).split('\n')[1] ?? 0);
  const lastEvent = (await caller.events()).at(-1)?.id ?? 0;
  await vi.waitFor(async () => expect(await cosignedSize()).toBe(lastEvent), SOON);

  // A witness that is killed forgets nothing, and goes on from what it has cosigned.
  const port = new URL(witness.url).port;
  await witness.kill();
  witness = await WitnessProcess.start(witnessDir, key, port);
  expect(witness.key).toBe(witnessKey);
  for (const code of wrongCodes(client, 8)) await caller.validate('alice', code);
  const last = (await caller.events()).at(-1)?.id ?? 0;
  expect(last).toBeGreaterThan(lastEvent);
  await vi.waitFor(async () => expect(await cosignedSize()).toBe(last), SOON);
  caller.close();
  await server.stop();
  const whole = await verify('--witness', witnessKey);
  expect(whole).toMatchObject({
    code: 0,
    stdout: expect.stringContaining(`cosigned by ${NAME}: ${last} events`),
  });

  // With everything at hand: database, keys, and what the node remembers.
  const kept = await newestOf(witness, origin);
  const sqlite = new DatabaseSync(join(dataDir, 'kanda.db'));
  sqlite.exec(
    `update event set ip = '203.0.113.9' where account_id = 1 and id = 3;
     ${['log_checkpoint', 'log_tile', 'log_tree', 'refusal'].map((table) => `delete from ${table};`).join('')}`,
  );
  sqlite.close();
  rmSync(join(dataDir, 'signed-checkpoints'));
  const forged = await server.again({ flags });
  await vi.waitFor(async () => {
    const metrics = await (await fetch(`${forged.url}/metrics`)).text();
    expect(metrics).toMatch(/^kanda_log_damaged [1-9]/m);
  }, SOON);
  expect(forged.output).toContain(`the witness ${NAME} has cosigned`);
  await forged.stop();
  await vi.waitFor(() => expect(witness.refusals).toContain(`${origin}\n`), SOON);
  expect(witness.refusals).toContain('REFUSED');
  expect(await newestOf(witness, origin)).toBe(kept);

  expect(await verify()).toMatchObject({ code: 0 });
  expect(await verify('--witness', witnessKey)).toMatchObject({
    code: 1,
    stdout: expect.stringContaining(`no checkpoint that it leads to was cosigned by ${NAME}`),
  });
  const file = join(temporaryFolder(), 'kept');
  writeFileSync(file, kept);
  expect(await verify('--checkpoint', file)).toMatchObject({
    code: 1,
    stdout: expect.stringContaining('contradict each other'),
  });
  expect(readFileSync(file, 'utf8')).toContain(`\u2014 ${NAME} `);
});

async function newestOf(witness: WitnessProcess, origin: string): Promise<string> {
  const hash = createHash('sha256').update(origin).digest('hex');
  const answer = await fetch(`${witness.url}/${hash}/checkpoint`);
  return answer.ok ? answer.text() : '';
}
