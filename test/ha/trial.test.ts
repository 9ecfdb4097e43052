import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { fitted, readHaFile, variablesOf } from './configuration.ts';
import { Wire } from './wire.ts';

const ABANDONED = fileURLToPath(new URL('./abandoned-trial.ts', import.meta.url));
const WITHIN_MS = 15_000;

test.runIf(process.platform === 'linux')(
  'a trial leaves neither processes nor files behind, whatever ends it',
  async () => {
    for (const signal of ['SIGKILL', 'SIGINT'] as const) {
      const child = spawn(process.execPath, [ABANDONED], { stdio: ['ignore', 'pipe', 'inherit'] });
      const [first] = await once(child.stdout, 'data');
      const { folder, pid } = JSON.parse(String(first));
      expect(runs(pid)).toBe(true);
      child.kill(signal);
      await until(() => !existsSync(folder));
      expect(runs(pid)).toBe(false);
    }
  },
);

test('a cut wire lets nothing through and tells no one, and what waited comes through when it heals', async () => {
  const echo = createServer((socket) => socket.pipe(socket));
  const target = await listening(echo);
  const free = createServer();
  const port = await listening(free);
  await new Promise((resolve) => free.close(resolve));
  const wire = await Wire.lay(port, target);
  const before = connect(port, '127.0.0.1');
  before.write('a');
  expect(await received(before)).toBe('a');

  wire.cut();
  before.write('b');
  const during = connect(port, '127.0.0.1');
  await once(during, 'connect');
  during.write('c');
  let heard = '';
  for (const socket of [before, during]) socket.on('data', (part) => (heard += part));
  // A turn of the network, in which an echo would have come many times over.
  await sleep(200);
  expect(heard).toBe('');
  expect([before.destroyed, during.destroyed]).toEqual([false, false]);

  wire.heal();
  await until(() => heard.length === 2);
  expect([...heard].sort()).toEqual(['b', 'c']);
  for (const socket of [before, during]) socket.destroy();
  wire.close();
  echo.close();
});

test('a configuration that no longer holds what a trial replaces is refused', () => {
  expect(() => fitted('kanda.env', { KANDA_NOTHING: 'x' })).toThrow('does not hold KANDA_NOTHING');
  expect(() => fitted('haproxy.cfg', {})).toThrow('nothing is in for the host');
});

test('the deployment keeps to what makes failover safe', () => {
  const patroni = readHaFile('patroni.yml');
  expect(patroni).toMatch(/^ +synchronous_mode: true$/m);
  expect(patroni).toMatch(/^ +synchronous_mode_strict: true$/m);
  // Deletes data that may be the only copy.
  expect(patroni).not.toContain('remove_data_directory');
  const seconds = (name: string) => Number(new RegExp(`^ +${name}: (\\d+)$`, 'm').exec(patroni)?.[1]);
  expect(seconds('loop_wait') + 2 * seconds('retry_timeout')).toBeLessThanOrEqual(seconds('ttl'));
  expect(readHaFile('haproxy.cfg')).toContain('on-marked-down shutdown-sessions');
  expect(Object.keys(variablesOf(readHaFile('kanda.env')))).toContain('KANDA_DATABASE_URL');
});

/** One that has ended stays in the list until its parent, which is init now, asks for its status. */
function runs(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

async function until(holds: () => boolean): Promise<void> {
  const deadline = Date.now() + WITHIN_MS;
  while (!holds()) {
    if (Date.now() > deadline) throw new Error(`not within ${WITHIN_MS / 1000} s: ${holds}`);
    await sleep(20);
  }
}

async function listening(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

async function received(socket: Socket): Promise<string> {
  const [part] = await once(socket, 'data');
  return String(part);
}
