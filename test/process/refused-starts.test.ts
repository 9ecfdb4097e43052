/**
 * Starts that cannot succeed end with exit code 1 and a message for the operator: what is wrong,
 * where, and what to do. No stack trace, and nothing changed that was there.
 */

import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bareEnvironment } from '../../tools/child-environment.mjs';
import { Caller, codeOf, type Enrolled, openAccount } from '../support/caller.ts';
import {
  endAll,
  KandaProcess,
  type StartOptions,
  serveUntilItEnds,
  temporaryFolder,
} from '../support/kanda-process.ts';

afterAll(endAll);

describe('with another master key than the one of the store', () => {
  let dataDir: string;
  let apiKey: string;
  let client: Enrolled;

  beforeAll(async () => {
    const server = await KandaProcess.start();
    dataDir = server.dataDir;
    ({ apiKey } = await openAccount(server.url));
    client = await new Caller(server.url).withBearer(apiKey).enrol('alice');
    await server.stop();
  });

  test('in KANDA_MASTER_KEY, it is refused', async () => {
    const KANDA_MASTER_KEY = randomBytes(32).toString('base64');
    const output = await expectRefusal({ dataDir, env: { KANDA_MASTER_KEY } });
    expect(output).toContain('This is the wrong master key for this store');
    expect(output).toMatch(/Restore master\.key from your backup, or set KANDA_MASTER_KEY/);
    expect(output).not.toContain(KANDA_MASTER_KEY);
  });

  test('in master.key, it is refused', async () => {
    const path = join(dataDir, 'master.key');
    copyFileSync(path, `${path}.kept`);
    writeFileSync(path, `${randomBytes(32).toString('base64')}\n`);
    expect(await expectRefusal({ dataDir })).toContain('This is the wrong master key for this store');
    renameSync(`${path}.kept`, path);
  });

  test('when master.key is missing beside the database, none is made', async () => {
    const path = join(dataDir, 'master.key');
    renameSync(path, `${path}.kept`);
    const output = await expectRefusal({ dataDir });
    expect(output).toMatch(/kanda\.db is there, but its master key .*master\.key is not/);
    expect(output).toContain('Put the key back from your backup');
    expect(() => readFileSync(path)).toThrow(/ENOENT/);
    renameSync(`${path}.kept`, path);
  });

  test('and with the right one back, from the file or the variable, everything works again', async () => {
    const KANDA_MASTER_KEY = readFileSync(join(dataDir, 'master.key'), 'utf8').trim();
    for (const [env, stepsAhead] of [
      [{}, 0],
      [{ KANDA_MASTER_KEY }, 1],
    ] as const) {
      const server = await KandaProcess.start({ dataDir, env });
      const caller = new Caller(server.url).withBearer(apiKey);
      expect((await caller.validate('alice', codeOf(client, stepsAhead))).json).toEqual({ valid: true });
      await server.stop();
    }
  });
});

describe('a port in use', () => {
  let server: KandaProcess;
  beforeAll(async () => {
    server = await KandaProcess.start();
  });
  afterAll(() => server.stop());

  test('is named, with a command that works as it stands', async () => {
    const dataDir = join(temporaryFolder(), 'a folder');
    const output = await expectRefusal({ dataDir, flags: ['--port', String(server.port)] });
    expect(output).toContain(`Port ${server.port} on 127.0.0.1 is in use`);
    const [, command = ''] = /another port: (.*)/.exec(output) ?? [];
    expect(command).toMatch(/^node apps\/server\/bin\/kanda\.mjs serve --port \d+ --data-dir '.*a folder'$/);
    const pasted = spawn('/bin/sh', ['-c', `exec ${command}`], { env: bareEnvironment() });
    const ended = once(pasted, 'close');
    let printed = '';
    for await (const piece of pasted.stdout) {
      printed += piece;
      if (printed.includes('listens on') && !pasted.killed) pasted.kill('SIGTERM');
    }
    expect((await ended)[0], printed).toBe(0);
  });

  test.each([
    ['start', 'npm start --'],
    ['kanda', 'npm run kanda -- serve'],
  ])('is named by npm %s with npm’s own command', async (script, command) => {
    const env = { npm_lifecycle_event: script };
    const output = await expectRefusal({ env, flags: ['--port', String(server.port)] });
    expect(output).toMatch(new RegExp(`another port: ${command} --port \\d+ --data-dir `));
    expect(output).not.toContain(`--port ${server.port}`);
  });

  test('is known before anything is made', async () => {
    const dataDir = join(temporaryFolder(), 'new');
    await expectRefusal({ dataDir, flags: ['--port', String(server.port)] });
    expect(existsSync(dataDir)).toBe(false);
  });

  test('does not bring the database’s password into the log', async () => {
    const flags = [
      '--port',
      String(server.port),
      '--database-url',
      'postgres://kanda:pass-word@localhost/kanda',
    ];
    expect(await expectRefusal({ flags })).not.toContain('pass-word');
  });
});

test('a start that fails after it has made the master key has said so', async () => {
  const dataDir = temporaryFolder();
  // In the place of the file that SQLite wants to write to.
  mkdirSync(join(dataDir, 'kanda.db-wal'));
  const output = await expectRefusal({ dataDir });
  expect(output).toMatch(/A new master key was made.*Back this file up now/);
  expect(output).toContain(join(dataDir, 'master.key'));
  expect(output).toContain('kanda.db cannot be opened');
});

test('an address that this machine does not have: the message says so', async () => {
  expect(await expectRefusal({ flags: ['--host', '192.0.2.1'] })).toMatch(
    /192\.0\.2\.1 is not an address of this machine.* serve --host 127\.0\.0\.1 --port 0 --data-dir \S+\n/,
  );
});

describe('a data directory that cannot be used', () => {
  test('since a file is in its place', async () => {
    const file = join(temporaryFolder(), 'a-file');
    writeFileSync(file, 'not a folder');
    expect(await expectRefusal({ dataDir: file })).toMatch(
      /KANDA_DATA_DIR \(--data-dir\) is .*a-file, and a file is in its place/,
    );
    expect(await expectRefusal({ dataDir: join(file, 'below') })).toMatch(/KANDA_DATA_DIR/);
    expect(readFileSync(file, 'utf8')).toBe('not a folder');
  });

  test('since a link leads nowhere', async () => {
    const link = join(temporaryFolder(), 'link');
    symlinkSync(join(temporaryFolder(), 'not', 'mounted'), link);
    for (const dataDir of [link, join(link, 'below')]) {
      expect(await expectRefusal({ dataDir })).toContain(`${link} is a link that leads nowhere`);
    }
  });

  test('since its database is something else', async () => {
    const dataDir = temporaryFolder();
    const database = join(dataDir, 'kanda.db');
    const key = join(dataDir, 'master.key');
    writeFileSync(key, `${randomBytes(32).toString('base64')}\n`, { mode: 0o600 });
    writeFileSync(database, 'this is a letter to my grandmother, and no database at all. '.repeat(100));
    expect(await expectRefusal({ dataDir })).toMatch(/kanda\.db.*not a database/s);
  });

  test('since everybody may read its master key', async () => {
    const dataDir = temporaryFolder();
    writeFileSync(join(dataDir, 'master.key'), `${randomBytes(32).toString('base64')}\n`, { mode: 0o644 });
    expect(await expectRefusal({ dataDir })).toMatch(/Every user of this machine .*chmod 600/s);
  });
});

describe('bad settings: the message names the variable, the fault and an example', () => {
  test('all of them at once', async () => {
    const output = await expectRefusal({
      env: {
        KANDA_HOST: 'not a host',
        KANDA_TOKEN_TTL: '3 weeks',
        KANDA_LOG_LEVEL: 'loud',
        KANDA_REGISTRATION: 'maybe',
        KANDA_TRUSTED_PROXIES: '10.0.0.0/99',
        KANDA_MASTER_KEY: 'c2hvcnQ=',
      },
    });
    expect(output).toMatch(/^Kanda cannot start with these settings:/);
    const lines = output.trimEnd().split('\n').slice(1);
    expect(lines).toHaveLength(6);
    expect(output).toMatch(/KANDA_HOST .*is "not a host".* Example: KANDA_HOST=0\.0\.0\.0/);
    expect(output).toMatch(/KANDA_TOKEN_TTL .*is "3 weeks".* Example: KANDA_TOKEN_TTL=15m/);
    expect(output).toMatch(/KANDA_LOG_LEVEL .*is "loud", not one of .* Example: KANDA_LOG_LEVEL=warn/);
    expect(output).toMatch(
      /KANDA_REGISTRATION .*not one of open, closed\. Example: KANDA_REGISTRATION=closed/,
    );
    expect(output).toMatch(/KANDA_TRUSTED_PROXIES .*10\.0\.0\.0\/99.* Example: KANDA_TRUSTED_PROXIES=/);
    expect(output).toMatch(/KANDA_MASTER_KEY .* Example: KANDA_MASTER_KEY=/);
    expect(output).not.toContain('c2hvcnQ');
  });

  test('a port that is none', async () => {
    const output = await expectRefusal({ flags: ['--port', '70000'] });
    expect(output).toMatch(
      /KANDA_PORT \(--port\) is "70000", not a whole number from 0 to 65535\. Example: KANDA_PORT=3000/,
    );
  });

  test('a misspelt variable', async () => {
    expect(await expectRefusal({ env: { KANDA_PROT: '3000' } })).toContain('Did you mean KANDA_PORT?');
  });
});

/** Starts, expects the end with exit code 1 and a message for people, and gives what was printed. */
async function expectRefusal(options: StartOptions): Promise<string> {
  const { code, signal, output } = await serveUntilItEnds(options);
  expect({ code, signal }, output).toEqual({ code: 1, signal: null });
  expect(output).not.toMatch(/\n\s+at |node:internal|Error:|\.ts:\d+/);
  expect(output.trim()).not.toBe('');
  return output;
}
