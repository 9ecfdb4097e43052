/** What could show the memory of the process, with the master key in it, to another program of the machine. */
import { readFileSync } from 'node:fs';
import { afterAll, describe, expect, test } from 'vitest';
import { Caller } from '../support/caller.ts';
import { endAll, KandaProcess } from '../support/kanda-process.ts';

afterAll(endAll);

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
const flagsOf = (line: string) => line.match(/--[\w=-]+(?= )|--[\w=-]+$/g) ?? [];
const variablesOf = (line: string) => line.match(/MALLOC_\w+=\d+/g) ?? [];
const [first = ''] = read('apps/server/bin/kanda.mjs').split('\n');
const nodeFlags = flagsOf(first);

test('the program and both npm scripts start Node with the same flags and bounds of the allocator', () => {
  const { scripts } = JSON.parse(read('package.json'));
  expect(variablesOf(first)).toHaveLength(2);
  for (const name of ['start', 'kanda']) {
    const [beginning] = scripts[name].split(' apps/');
    expect([flagsOf(beginning), variablesOf(beginning)], name).toEqual([nodeFlags, variablesOf(first)]);
  }
});

describe.skipIf(process.platform === 'win32')('a server', () => {
  // Seen to fail without --disable-sigusr1: "Debugger listening on ws://127.0.0.1:9229/…".
  test('opens no debugger when it gets SIGUSR1', async () => {
    const server = await KandaProcess.start({ nodeFlags });
    process.kill(server.pid, 'SIGUSR1');
    expect((await new Caller(server.url).get('/healthz')).status).toBe(200);
    const { code, output } = await server.stop();
    expect([code, output]).toEqual([0, expect.not.stringContaining('Debugger')]);
  });

  // Seen to fail without keepMemoryOutOfCoreDumps (cli/lib/core-dumps.ts): 00000033.
  test.skipIf(process.platform !== 'linux')('keeps its memory out of core dumps', async () => {
    const server = await KandaProcess.start();
    expect(readFileSync(`/proc/${server.pid}/coredump_filter`, 'utf8').trim()).toBe('00000000');
    await server.stop();
  });
});
