/**
 * The events of all logs in a file, while it is moved away, the server is killed, and the disk is full.
 *
 * Seen to fail: with the file held open and not looked up, lines went to the file that was moved away.
 */
import { spawnSync } from 'node:child_process';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { afterAll, describe, expect, test, vi } from 'vitest';
import { callerEnvironment } from '../../tools/child-environment.mjs';
import { Caller, openAccount, wrongCodes } from '../support/caller.ts';
import { endAll, KandaProcess, temporaryFolder } from '../support/kanda-process.ts';
import { SOON } from '../support/patience.ts';
import { replaced } from '../support/proxy-examples.ts';
import { canMount, fill, mountSmall, unmount } from '../support/small-disk.ts';
import { LIBRARIES } from '../support/syslog-receiver.ts';
import { findTool } from '../support/test-tools.ts';

const EXAMPLE = fileURLToPath(new URL('../../deploy/logrotate/kanda', import.meta.url));
const logrotate = findTool('logrotate');

afterAll(endAll);

interface Line {
  readonly messageId: string;
  readonly account: string;
  readonly test: boolean;
  readonly id: number;
  readonly event: string;
}

/** The lines of the files, oldest file first. */
const linesOf = (...paths: string[]): Line[] =>
  paths
    .filter(existsSync)
    .flatMap((path) => readFileSync(path, 'utf8').split('\n'))
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Line);

/** The events of the account, each once, as the files have them. */
function eventsIn(...paths: string[]) {
  const own = linesOf(...paths).filter(({ account }) => account.startsWith('acc_'));
  const once = [...new Map(own.map((line) => [line.messageId, line])).values()];
  return once.map(({ messageId: _, account: __, test: ___, ...event }) => event);
}

async function startWithAccount(path: string, flags: readonly string[] = []) {
  const kanda = await KandaProcess.start({ flags: ['--event-file', path, ...flags] });
  const { apiKey } = await openAccount(kanda.url);
  const caller = new Caller(kanda.url).withBearer(apiKey);
  const enrolled = await caller.enrol('ada');
  const write = async (count: number, from: number, to = caller) => {
    for (const code of wrongCodes(enrolled, count, from)) await to.validate('ada', code);
  };
  return { kanda, caller, write };
}

test('has each event as the log has it, also when it was moved away, cut in the middle of a line, and Kanda was killed', async () => {
  const path = join(temporaryFolder(), 'events.ndjson');
  const { kanda, caller, write } = await startWithAccount(path);
  await write(20, 0);
  await vi.waitFor(async () => expect(eventsIn(path)).toEqual(await caller.events()), SOON);
  renameSync(path, `${path}.1`);
  await write(20, 1_000);
  await vi.waitFor(async () => expect(eventsIn(`${path}.1`, path)).toEqual(await caller.events()), SOON);
  expect(linesOf(path).length).toBeGreaterThan(0);
  await write(200, 2_000);
  await kanda.kill();
  appendFileSync(path, '{"messageId":"msg_cut');
  const again = await kanda.again();
  const next = caller.at(again.url);
  await write(1, 5_000, next);
  const events = await next.events();
  await vi.waitFor(() => {
    const cut = readFileSync(path, 'utf8')
      .split('\n')
      .filter((line) => line === '{"messageId":"msg_cut');
    expect(cut).toHaveLength(1);
  }, SOON);
  const ids = () => {
    const whole = readFileSync(path, 'utf8').replace('{"messageId":"msg_cut\n', '');
    const lines = whole.split('\n').filter(Boolean);
    const has = [...linesOf(`${path}.1`), ...lines.map((line) => JSON.parse(line) as Line)];
    return new Set(has.filter(({ account }) => account.startsWith('acc_')).map(({ id }) => id));
  };
  await vi.waitFor(() => expect([...ids()].sort((a, b) => a - b)).toEqual(events.map(({ id }) => id)), SOON);
  await again.stop();
});

test.skipIf(logrotate === null)(
  'is moved away and packed by logrotate with the example, and no event is missing',
  async () => {
    const folder = temporaryFolder();
    const path = join(folder, 'events.ndjson');
    const { kanda, caller, write } = await startWithAccount(path);
    const conf = join(folder, 'logrotate.conf');
    writeFileSync(conf, replaced(readFileSync(EXAMPLE, 'utf8'), '/var/log/kanda/events.ndjson', path), {
      mode: 0o600,
    });
    const rotate = (...flags: string[]) => {
      const run = spawnSync(logrotate ?? '', ['--state', join(folder, 'state'), ...flags, conf], {
        env: callerEnvironment({ LD_LIBRARY_PATH: LIBRARIES }),
        encoding: 'utf8',
      });
      expect(run.status, run.stderr).toBe(0);
      return run.stderr;
    };
    expect(rotate('--debug')).toContain('considering log');
    for (const from of [0, 1_000, 2_000]) {
      await write(10, from);
      await vi.waitFor(() => expect(linesOf(path).length).toBeGreaterThan(0), SOON);
      rotate('--force');
    }
    await write(1, 3_000);
    const events = await caller.events();
    const packed = () => {
      for (const number of [2, 3]) {
        const [from, to] = [`${path}.${number}.gz`, join(folder, `unpacked.${number}`)];
        if (existsSync(from)) writeFileSync(to, gunzipSync(readFileSync(from)));
      }
      return [join(folder, 'unpacked.3'), join(folder, 'unpacked.2'), `${path}.1`, path];
    };
    await vi.waitFor(() => expect(eventsIn(...packed())).toEqual(events), SOON);
    expect(existsSync(`${path}.3.gz`)).toBe(true);
    await kanda.stop();
  },
);

test('is begun anew at its size, and nine older ones are kept', async () => {
  const path = join(temporaryFolder(), 'events.ndjson');
  const { kanda, write } = await startWithAccount(path, ['--event-file-size', '1MB']);
  const files = () => readdirSync(dirname(path)).sort();
  expect(files().length).toBeLessThanOrEqual(1);
  for (let number = 1; number <= 9; number++)
    appendFileSync(`${path}.${number}`, `{"messageId":"old ${number}"}\n`);
  await vi.waitFor(() => expect(linesOf(path).length).toBeGreaterThan(0), SOON);
  appendFileSync(path, `${JSON.stringify({ messageId: 'filler', account: '', filler: 'x'.repeat(1e6) })}\n`);
  await write(3, 0);
  await vi.waitFor(() => expect(linesOf(`${path}.2`)[0]?.messageId).toBe('old 1'), SOON);
  // The new file is opened after the old ones are renamed.
  await vi.waitFor(() => expect(files()).toHaveLength(10), SOON);
  expect(linesOf(`${path}.9`)[0]?.messageId).toBe('old 8');
  await vi.waitFor(() => expect(eventsIn(`${path}.1`, path)).toHaveLength(7), SOON);
  await kanda.stop();
});

describe.skipIf(!canMount)('on a disk that is full', () => {
  test('no line is cut, calls go on, and what is missing comes when there is room', async () => {
    const disk = join(temporaryFolder(), 'disk');
    mkdirSync(disk);
    mountSmall(disk, '1m');
    try {
      const path = join(disk, 'events.ndjson');
      const { kanda, caller, write } = await startWithAccount(path);
      await vi.waitFor(() => expect(linesOf(path).length).toBeGreaterThan(0), SOON);
      const filler = join(disk, 'filler');
      fill(filler);
      await write(50, 0);
      await vi.waitFor(() => expect(kanda.output).toContain('are kept free'), SOON);
      expect((await caller.get('/readyz')).status).toBe(200);
      linesOf(path);
      spawnSync('rm', [filler]);
      const events = await caller.events();
      await vi.waitFor(() => expect(eventsIn(path)).toEqual(events), SOON);
      await kanda.stop();
    } finally {
      unmount(disk);
    }
  });
});
