import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Command } from 'commander';
import { afterAll, describe, expect, test } from 'vitest';
import { endAll, temporaryFolder } from '../../../../../test/support/kanda-process.ts';
import { bareEnvironment } from '../../../../../tools/child-environment.mjs';
import { helpOf, withPresentHelp } from '../../../../../tools/cli-help.ts';
import { createProgram } from '../../../src/cli/program.ts';
import { SETTINGS } from '../../../src/config/schema.ts';
import { storeWithClient } from '../store/stores.ts';
import { KANDA, kanda } from './run-kanda.ts';

const run = promisify(execFile);
afterAll(endAll);

const REFERENCE = readFileSync(new URL('../../../../../docs/reference/cli.md', import.meta.url), 'utf8');

/** Every command, as the words after `kanda`; `kanda` itself is the first. */
const COMMANDS = wordsOf(createProgram({ env: {}, version: '0.0.0' }), []);

function wordsOf(command: Command, path: readonly string[]): (readonly string[])[] {
  return [path, ...command.commands.flatMap((child) => wordsOf(child, [...path, child.name()]))];
}

test('the commands are those that the project promises', () => {
  expect(COMMANDS.map((words) => words.join(' ')).sort()).toEqual([
    '',
    'account',
    'account create',
    'account delete',
    'account disable',
    'account disable-two-factor',
    'account email',
    'account enable',
    'account list',
    'account operator',
    'account reset-password',
    'apply',
    'audit',
    'audit accept-restore',
    'audit checkpoint',
    'audit export',
    'audit key',
    'audit verify',
    'backup',
    'client',
    'client delete',
    'client diagnose',
    'client disable',
    'client enable',
    'client list',
    'client show',
    'client unlock',
    'doctor',
    'export',
    'import',
    'key',
    'key create',
    'key list',
    'key revoke',
    'keys',
    'keys retire',
    'keys rotate',
    'keys status',
    'link',
    'logs',
    'migrate',
    'restore',
    'serve',
    'store',
    'store copy',
    'store restored',
    'witness',
  ]);
});

describe.each(COMMANDS.map((words) => ['kanda', ...words].join(' ')))('%s', (line) => {
  const words = line.split(' ').slice(1);

  test('its help has examples that call it, fits a terminal of 80 columns, and is in the reference', () => {
    const help = helpOf(words);
    expect(help).toMatch(new RegExp(`^ {2}(KANDA_\\S+ )?${line}\\b`, 'm'));
    const tooLong = help.split('\n').filter((text) => [...text].length > 80);
    expect(tooLong).toEqual([]);
    expect(REFERENCE).toContain(`\`\`\`text\n$ ${line} --help\n${help}\`\`\`\n`);
  });
});

test.each(COMMANDS.filter((words) => words.length <= 1))('kanda help %s is its --help', async (...words) => {
  const named = words.filter((word) => word !== undefined);
  const { stdout, code } = await kanda(['help', ...named]);
  expect({ stdout, code }).toEqual({ stdout: helpOf(named), code: 0 });
});

test('kanda --help mentions every command', () => {
  const help = helpOf([]);
  for (const [command] of COMMANDS.filter((words) => words.length === 1)) {
    expect(help).toMatch(new RegExp(`^ {2}${command}\\b`, 'm'));
  }
});

test('kanda serve --help tells every setting', () => {
  const help = helpOf(['serve']);
  for (const { name } of SETTINGS) expect(help).toContain(name);
});

test('docs/reference/cli.md is what the command line says: else run npm run docs', () => {
  expect(REFERENCE).toBe(withPresentHelp(REFERENCE));
});

describe("a person's mistake is answered with a hint and exit status 1", () => {
  test.each([
    [['serv'], 'Did you mean serve?'],
    [['account', 'lst'], 'Did you mean list?'],
    [['backup'], "missing required argument 'file'"],
    [['backup'], '(kanda backup --help tells more)'],
    [['account', 'create'], "required option '--email <address>' not specified"],
    [['account', 'list', '--jsn'], 'Did you mean --json?'],
    [['account', 'create', 'a@example.com'], '(kanda account create --help tells more)'],
    [['restore', 'a.db', 'b.db'], '(kanda restore --help tells more)'],
    [['account'], 'kanda account create --email'],
    [[], 'kanda serve'],
  ])('kanda %j: %s', async (args, hint) => {
    const { code, stdout, stderr } = await kanda(args);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain(hint);
  });

  test('a setting that is wrong: its variable, its fault and an example, and no stack', async () => {
    const { code, stderr } = await kanda(['serve', '--port', 'eighty'], { env: { KANDA_LOG_LEVEL: 'loud' } });
    expect(code).toBe(1);
    expect(stderr).toBe(
      'Kanda cannot start with these settings:\n' +
        '  - KANDA_PORT (--port) is "eighty", not a whole number from 0 to 65535. Example: KANDA_PORT=3000\n' +
        '  - KANDA_LOG_LEVEL (--log-level) is "loud", not one of trace, debug, info, warn, error, fatal, silent. Example: KANDA_LOG_LEVEL=warn\n',
    );
  });
});

test('the commands of docs/operating/backup.md do what the page says, in its order', async () => {
  const page = readFileSync(new URL('../../../../../docs/operating/backup.md', import.meta.url), 'utf8');
  const blocks = [...page.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map(([, block]) => block);
  expect(blocks).toHaveLength(4);
  const { dataDir } = await storeWithClient();
  const folder = temporaryFolder();
  for (const name of ['safe', 'backups', 'tmp']) mkdirSync(join(folder, name));
  const script = blocks
    .join('')
    .replaceAll(/ \/(safe|backups|tmp)\//g, ` ${folder}/$1/`)
    .replaceAll('/var/lib/kanda', dataDir)
    // There is no service for a test to stop: no server runs on this store.
    .replaceAll(/^systemctl .*$/gm, 'true');
  expect(script).not.toMatch(/ \/(var|safe|backups|tmp\/kanda-rehearsal)\b/);
  const { stdout } = await run(
    'sh',
    ['-euc', `kanda() { '${process.execPath}' '${KANDA}' "$@"; }\n${script}`],
    { env: bareEnvironment() },
  );
  expect(stdout).toMatch(
    /by the trees of the logs[\s\S]*1 user as of[\s\S]*opens the store[\s\S]*1 user as of/,
  );
});
