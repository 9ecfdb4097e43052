/** The master key from a command: KANDA_MASTER_KEY_COMMAND. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import {
  endAll,
  KandaProcess,
  serveUntilItEnds,
  temporaryFolder,
} from '../../../../../test/support/kanda-process.ts';
import { loadConfig } from '../../../src/config/load.ts';
import { accountWithKey, kanda } from '../lib/run-kanda.ts';

afterAll(endAll);

const KEY = Buffer.alloc(32, 7).toString('base64');
const NEW_KEY = Buffer.alloc(32, 8).toString('base64');

let folder: string;
let dataDir: string;
/** Prints what is in a file, and notes that it was asked. */
let env: { KANDA_MASTER_KEY_COMMAND: string };
const at = (name: string) => join(folder, name);
const timesAsked = () => readFileSync(at('asked'), 'utf8').length;

beforeEach(() => {
  folder = temporaryFolder();
  dataDir = join(folder, 'data');
  writeFileSync(at('key'), `${KEY}\n`);
  writeFileSync(at('asked'), '');
  env = { KANDA_MASTER_KEY_COMMAND: `printf x >> '${at('asked')}'; cat '${at('key')}'` };
});

test('opens the store, is asked once for each process, and leaves no key on the disk', async () => {
  await accountWithKey(dataDir, 'owner@example.com', env);
  expect(timesAsked()).toBe(1);
  const server = await KandaProcess.start({ dataDir, env });
  expect(timesAsked()).toBe(2);
  const { code, output } = await server.stop();
  expect([code, output]).toEqual([0, expect.not.stringContaining(KEY)]);
  expect(readdirSync(dataDir)).not.toContain('master.key');
  expect((await kanda(['account', 'list', '--data-dir', dataDir], { env })).code).toBe(0);
});

test('a rotation: it prints both keys, then the new one alone', async () => {
  await accountWithKey(dataDir, 'owner@example.com', env);
  const keys = (command: string) => kanda(['keys', command, '--data-dir', dataDir], { env });
  expect(await keys('rotate')).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('have KANDA_MASTER_KEY_COMMAND print both'),
  });
  writeFileSync(at('key'), `${NEW_KEY}\n${KEY}\n`);
  expect((await keys('rotate')).code).toBe(0);
  expect(await keys('retire')).toMatchObject({
    code: 0,
    stderr: expect.stringContaining('This command cannot change KANDA_MASTER_KEY_COMMAND'),
  });
  writeFileSync(at('key'), NEW_KEY);
  expect((await keys('status')).code).toBe(0);
  writeFileSync(at('key'), KEY);
  expect((await serveUntilItEnds({ dataDir, env })).output).toContain('the wrong master key');
});

describe('a command that gives no key', () => {
  test.each([
    ['echo no such key >&2; exit 3', /no such key\n[\s\S]*KANDA_MASTER_KEY_COMMAND ended with status 3/],
    ['true', /KANDA_MASTER_KEY_COMMAND printed nothing/],
    ['kill -9 $$', /KANDA_MASTER_KEY_COMMAND was ended by SIGKILL/],
    ['yes', /KANDA_MASTER_KEY_COMMAND printed more than 64 KiB/],
    ['/nowhere/kms', /KANDA_MASTER_KEY_COMMAND ended with status 127/],
    ['echo c2hvcnQ=', /KANDA_MASTER_KEY_COMMAND holds 5 bytes of base64; a master key has 32/],
  ])('%s: the server does not start, and makes no store', async (command, said) => {
    const { code, output } = await serveUntilItEnds({ dataDir, env: { KANDA_MASTER_KEY_COMMAND: command } });
    expect([code, output]).toEqual([1, expect.stringMatching(said)]);
    expect(existsSync(join(dataDir, 'kanda.db'))).toBe(false);
  });
});

test.each([
  [{ KANDA_MASTER_KEY: KEY, KANDA_MASTER_KEY_FILE: '/run/secrets/key' }],
  [{ KANDA_MASTER_KEY: KEY, KANDA_MASTER_KEY_COMMAND: 'cat key' }],
  [{ KANDA_MASTER_KEY_FILE: '/run/secrets/key', KANDA_MASTER_KEY_COMMAND: 'cat key' }],
])('a master key given twice is refused: %j', (two) => {
  expect(() => loadConfig(two, {})).toThrow('Keep one of the two');
});
