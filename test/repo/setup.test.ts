/** What `npm start` and `npm test` run first: in a folder of its own, with the files that it reads. */
import { spawnSync } from 'node:child_process';
import {
  appendFileSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { callerEnvironment } from '../../tools/child-environment.mjs';
import { compareNode, NODE_HASHES } from '../../tools/node-hashes.mjs';
import { Steps } from '../../tools/setup-process.mjs';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const BROUGHT = join(ROOT, 'node_modules/node/bin/node');
const PLATFORM = `${process.platform}-${process.arch}`;
const { version, sha256 } = JSON.parse(readFileSync(NODE_HASHES, 'utf8'));

describe('the Node that npm has brought', () => {
  let folder: string;
  let program: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'kanda-setup-'));
    program = join(folder, 'node_modules/node/bin/node');
    cpSync(join(ROOT, 'tools'), join(folder, 'tools'), { recursive: true });
    mkdirSync(join(folder, 'apps/server/bin'), { recursive: true });
    for (const file of ['package.json', 'package-lock.json', 'apps/server/bin/bundled.mjs'])
      copyFileSync(join(ROOT, file), join(folder, file));
    // As after `npm ci` by hand: npm's note of what is installed, and the link to the program.
    mkdirSync(dirname(program), { recursive: true });
    mkdirSync(join(folder, 'node_modules/.bin'));
    copyFileSync(BROUGHT, program);
    symlinkSync('../node/bin/node', join(folder, 'node_modules/.bin/node'));
    const { '': _, ...packages } = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')).packages;
    writeFileSync(join(folder, 'node_modules/.package-lock.json'), JSON.stringify({ packages }));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  function setUp() {
    return spawnSync(process.execPath, [join(folder, 'tools/setup.mjs'), '--packages-only'], {
      encoding: 'utf8',
      env: callerEnvironment(),
    });
  }

  test.skipIf(!(PLATFORM in sha256))('is let run when it has the pinned hash', () => {
    expect(setUp()).toMatchObject({ status: 0, stdout: '', stderr: '' });
    expect(existsSync(program)).toBe(true);
  });

  // Seen to fail without refuseOtherNode in tools/setup.mjs: status 0, and the program stayed.
  test.skipIf(!(PLATFORM in sha256))('is refused and removed when one byte is another', () => {
    appendFileSync(program, '\0');
    const { status, stderr } = setUp();
    expect(status).toBe(1);
    expect(stderr).toContain(`not the one whose SHA-256 tools/node-hashes.json has for ${PLATFORM}`);
    expect(existsSync(program)).toBe(false);
  });

  test('has hashes of the version that package.json asks for, and none is taken for another', () => {
    const { devDependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
    expect(version).toBe(devDependencies.node);
    for (const hash of Object.values(sha256)) expect(hash).toMatch(/^[0-9a-f]{64}$/);
    expect(compareNode(BROUGHT, 'sunos-sparc', version)).toBe('unpinned');
    expect(compareNode(BROUGHT, PLATFORM, '1.2.3')).toBe('outdated');
  });
});

describe.each(['package.json', 'apps/web/package.json', 'packages/sdk/package.json'])('%s', (file) => {
  const scripts: Record<string, string> = JSON.parse(readFileSync(join(ROOT, file), 'utf8')).scripts;
  const commands = Object.keys(scripts).filter((name) => !name.startsWith('pre'));

  // A fresh clone has no packages, and the machine's Node may be too old for TypeScript.
  test.each(commands)('npm run %s brings what it needs first', (name) => {
    expect(scripts[`pre${name}`]).toMatch(/^exec node (\.\.\/\.\.\/)?tools\/setup\.mjs( --[a-z-]+)?$/);
  });
});

test('a step says which of how many it is, every 15 seconds that it goes on, and when it is done', async () => {
  vi.useFakeTimers();
  const printed: string[] = [];
  vi.spyOn(console, 'log').mockImplementation((line: string) => void printed.push(line));
  try {
    const steps = new Steps(2);
    await steps.run({ what: 'one', work: async () => undefined });
    const running = steps.run({
      what: 'two',
      work: () => new Promise((resolve) => setTimeout(resolve, 31_000)),
    });
    await vi.advanceTimersByTimeAsync(31_000);
    await running;
  } finally {
    vi.useRealTimers();
    vi.restoreAllMocks();
  }
  expect(printed).toEqual([
    'kanda setup: step 1 of 2: one …',
    'kanda setup: step 1 of 2: one: done in 0 s',
    'kanda setup: step 2 of 2: two …',
    'kanda setup: step 2 of 2: two: 15 s so far …',
    'kanda setup: step 2 of 2: two: 30 s so far …',
    'kanda setup: step 2 of 2: two: done in 31 s',
  ]);
});

test('lanes run side by side, and a step that fails ends the setup once what ran beside it has ended', async () => {
  vi.spyOn(console, 'log').mockImplementation(() => undefined);
  const order: string[] = [];
  const step = (what: string, work = async () => undefined) => ({
    what,
    async work() {
      order.push(what);
      await work();
      order.push(`${what} ended`);
    },
  });
  const later = () => new Promise<undefined>((resolve) => setTimeout(resolve, 50, undefined));
  const stages = [
    [[step('a', later), step('b')], [step('c', () => Promise.reject(new Error('no network')))]],
    [[step('never')]],
  ];
  try {
    await expect(new Steps(4).runStages(stages)).rejects.toThrow('no network');
  } finally {
    vi.restoreAllMocks();
  }
  expect(order).toEqual(['a', 'c', 'a ended', 'b', 'b ended']);
});
