/** What a person at a terminal sees of `kanda serve`, and that no one else sees anything but JSON. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { bareEnvironment } from '../../../../../tools/child-environment.mjs';
import { readableLine, type Welcome, welcomeText } from '../../../src/cli/lib/terminal.ts';

const FIRST: Welcome = {
  version: '0.1.0',
  url: 'http://127.0.0.1:3000',
  hasSite: true,
  registration: 'open',
  hasAccounts: false,
};
const KANDA = fileURLToPath(new URL('../../../bin/kanda.mjs', import.meta.url));
const SCRIPT = '/usr/bin/script';
const hasScript = existsSync(SCRIPT);
if (!hasScript)
  console.warn('SKIPPED: without script (Debian: bsdutils) nothing shows what a terminal gets.');

describe('the first lines', () => {
  test('of a first start: where to go', () => {
    expect(welcomeText(FIRST)).toBe(`Kanda 0.1.0 listens on http://127.0.0.1:3000

  Dashboard      http://127.0.0.1:3000/dashboard
  First account  http://127.0.0.1:3000/signup
  Documentation  http://127.0.0.1:3000/docs

Ctrl+C stops it.

`);
  });

  test('of a later one are fewer', () => {
    expect(welcomeText({ ...FIRST, hasAccounts: true })).not.toContain('First account');
  });

  test('name no page that is not there, and no sign-up that is closed', () => {
    const closed = welcomeText({ ...FIRST, registration: 'closed' });
    expect(closed).toContain('First account  kanda account create');
    const bare = welcomeText({ ...FIRST, hasSite: false });
    expect(bare).not.toMatch(/dashboard|docs|signup/i);
    expect(bare).toContain('http://127.0.0.1:3000/openapi.json');
  });
});

describe('on a server that others may reach', () => {
  const exposed: Welcome = { ...FIRST, registration: 'until the first account' };

  test('the first lines say that registration will close, and how it stays open', () => {
    expect(welcomeText(exposed)).toMatch(
      /registration closes after the first account. KANDA_REGISTRATION=open/,
    );
  });

  test('once it has closed they say how it opens', () => {
    const text = welcomeText({ ...exposed, hasAccounts: true });
    expect(text).toMatch(/Registration is closed.* set KANDA_REGISTRATION=open/);
  });
});

test('a line of the log reads as a sentence with its fields', () => {
  const line = {
    level: 40,
    time: '2026-01-31T09:30:15.000Z',
    ms: 1.5,
    route: '/api/keys',
    why: 'a b',
    msg: 'slow',
  };
  expect(readableLine(JSON.stringify(line))).toBe(
    '09:30:15  warning: slow  ms=1.5  route=/api/keys  why="a b"\n',
  );
  const error = {
    level: 50,
    time: line.time,
    msg: 'failed',
    err: { message: 'x', stack: 'Error: x\n    at y' },
  };
  expect(readableLine(JSON.stringify(error))).toBe('09:30:15  error: failed\nError: x\n    at y\n');
  expect(readableLine('no JSON\n')).toBe('no JSON\n');
  expect(readableLine('null\n')).toBe('null\n');
});

test.skipIf(!hasScript)('a terminal gets these lines from the real server', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'kanda-terminal-'));
  const command = `exec ${process.execPath} ${KANDA} serve --port 0 --data-dir ${join(folder, 'data')}`;
  // `script` (util-linux) runs it with a terminal as its standard output.
  const child = spawn(SCRIPT, ['-qec', command, join(folder, 'typescript')], {
    stdio: ['ignore', 'pipe', 'ignore'],
    env: bareEnvironment({ SHELL: '/bin/sh' }),
  });
  let printed = '';
  try {
    for await (const piece of child.stdout) {
      printed += piece;
      if (printed.includes('Ctrl+C stops it.')) break;
    }
  } finally {
    const ended = once(child, 'exit');
    if (child.exitCode === null && child.kill('SIGTERM')) await ended;
    rmSync(folder, { recursive: true, force: true });
  }
  // The key as soon as it is there, whatever becomes of the start; then where to go.
  expect(printed).toMatch(
    /^A new master key was made: \/.*master\.key\r?\nBack this file up now, .*\r?\n\r?\nKanda \d+\.\d+\.\d+ listens on http:\/\/127\.0\.0\.1:\d+\r?\n/,
  );
  expect(printed).not.toContain('{"level"');
});
