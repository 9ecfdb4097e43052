/** Flags that npm keeps for itself, and the commands that are named to be typed. */
import { spawnSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { assertFlagsArrived, serveCommand } from '../../../src/cli/lib/invocation.ts';
import { shellWord } from '../../../src/cli/lib/shell-word.ts';
import { kanda } from './run-kanda.ts';

const START = { npm_lifecycle_event: 'start' };
const KANDA = { npm_lifecycle_event: 'kanda' };

/** What is said of these words of the command line and variables; null: nothing is wrong. */
function said(words: readonly string[], env: Record<string, string>): string | null {
  try {
    assertFlagsArrived({ argv: ['node', 'kanda.mjs', ...words], env });
    return null;
  } catch (error) {
    return (error as Error).message;
  }
}

describe('a flag that npm has kept for itself is refused with the command that was meant', () => {
  test.each([
    [
      'npm start --port 3001',
      ['serve', '3001'],
      { ...START, npm_config_port: 'true' },
      'npm start -- --port 3001',
    ],
    ['npm start --port=3001', ['serve'], { ...START, npm_config_port: '3001' }, 'npm start -- --port 3001'],
    [
      'npm run kanda doctor --data-dir "my data"',
      ['doctor', 'my data'],
      { ...KANDA, npm_config_data_dir: 'true' },
      "npm run kanda -- doctor --data-dir 'my data'",
    ],
    [
      'npm run kanda backup --data-dir=/data b.db',
      ['backup', 'b.db'],
      { ...KANDA, npm_config_data_dir: '/data' },
      'npm run kanda -- backup b.db --data-dir /data',
    ],
  ])('%s', (_, words, env, meant) => {
    expect(said(words, env)).toMatch(
      /^npm has kept --[a-z-]+ for itself: what is for Kanda comes after "--"\. /,
    );
    expect(said(words, env)?.endsWith(`Write: ${meant}`), `${said(words, env)}`).toBe(true);
  });

  test('of several all are named', () => {
    const env = { ...START, npm_config_port: 'true', npm_config_host: 'true' };
    expect(said(['serve', '3001', '0.0.0.0'], env)).toMatch(
      /--host and --port .*npm start -- --host 0\.0\.0\.0 …$/,
    );
  });

  test('and a password is not repeated', () => {
    const url = 'postgres://kanda:pass-word@localhost/kanda';
    for (const env of [{ npm_config_database_url: 'true' }, { npm_config_database_url: url }]) {
      expect(
        said(['serve', ...(env.npm_config_database_url === 'true' ? [url] : [])], { ...START, ...env }),
      ).toMatch(/^(?!.*pass-word).*npm start -- --database-url postgres:/);
    }
  });

  test('but no one else’s variables are looked at', () => {
    expect(said(['serve'], { npm_config_port: '3001' })).toBeNull();
    expect(said(['serve'], { npm_lifecycle_event: 'test', npm_config_port: '3001' })).toBeNull();
    expect(said(['serve', '--port', '3001'], { ...START, npm_config_loglevel: 'silent' })).toBeNull();
  });
});

test('the real command line says both, before it does anything', async () => {
  const kept = await kanda(['serve'], { env: { ...START, npm_config_port: '3001' } });
  expect(kept).toMatchObject({
    code: 1,
    stdout: '',
    stderr: expect.stringContaining('npm start -- --port 3001\n'),
  });
  const stray = await kanda(['serve', '3001'], { env: START });
  expect(stray).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('what is for Kanda comes after "--"'),
  });
  const missing = await kanda(['account', 'create', 'you@example.com'], { env: KANDA });
  expect(missing.stderr).toContain('npm run kanda -- ');
  expect((await kanda(['serve', '3001'])).stderr).not.toContain('npm');
});

test('what is installed is called by its name', () => {
  const flags = { port: '3001', 'checkpoint-sink': 'https://witness.example.com/?token=hidden' };
  const command = serveCommand({ argv: ['/usr/bin/node', '/usr/local/bin/kanda', 'serve'], env: {} }, flags);
  expect(command).toBe('kanda serve --port 3001 --checkpoint-sink …');
});

test.each(['plain', '/var/lib/kanda', 'my data', "it's", '$HOME', 'a;b', '', '*', 'é', '~'])(
  'the shell reads %j back as it was',
  (text) => {
    const echoed = spawnSync('/bin/sh', ['-c', `printf %s ${shellWord(text)}`], { encoding: 'utf8' });
    expect(echoed.stdout).toBe(text);
  },
);
