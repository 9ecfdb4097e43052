/** The real command line, run as an operator runs it: `node apps/server/bin/kanda.mjs …` in a process of its own. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { ENDS_WITHIN_MS } from '../../../../../test/support/patience.ts';
import { storeVariables } from '../../../../../test/support/test-database.ts';
import { bareEnvironment } from '../../../../../tools/child-environment.mjs';

export const KANDA = fileURLToPath(new URL('../../../bin/kanda.mjs', import.meta.url));

export const PASSWORD = 'a sentence that nobody else would write';

export interface RunOptions {
  /** What standard input holds; without it, it is empty and no terminal. */
  readonly input?: string | Uint8Array;
  /** `KANDA_…` variables; those of the test's own environment never reach the command. */
  readonly env?: Readonly<Record<string, string>>;
  /** The folder to run in. */
  readonly cwd?: string;
  /** The user to run as, which only root can choose. */
  readonly uid?: number;
  readonly gid?: number;
}

export interface Run {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs one command to its end, on the store that the test file has chosen for the folder of `--data-dir`. */
export async function kanda(args: readonly string[], options: RunOptions = {}): Promise<Run> {
  const dataDir = args[args.indexOf('--data-dir') + 1];
  const store = args.includes('--data-dir') && dataDir !== undefined ? await storeVariables(dataDir) : {};
  const child = spawn(process.execPath, [KANDA, ...args], {
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    ...(options.uid === undefined ? {} : { uid: options.uid }),
    ...(options.gid === undefined ? {} : { gid: options.gid }),
    env: bareEnvironment({ ...store, ...options.env }),
    stdio: ['pipe', 'pipe', 'pipe'],
    // A command that hangs must not outlive its test.
    timeout: ENDS_WITHIN_MS,
  });
  const printed = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    printed.stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    printed.stderr += text;
  });
  // A command that refuses early has not read its input: the pipe may be gone.
  child.stdin.on('error', () => {});
  child.stdin.end(options.input ?? '');
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, ...printed };
}

/** Runs a command that must succeed, and gives what it printed. */
export async function kandaDone(args: readonly string[], options: RunOptions = {}): Promise<Run> {
  const run = await kanda(args, options);
  if (run.code !== 0) throw new Error(`kanda ${args.join(' ')} ended with ${run.code}:\n${run.stderr}`);
  return run;
}

/** A new account with an API key in the store of this folder, which is made when there is none. */
export async function accountWithKey(
  dataDir: string,
  email = 'owner@example.com',
  env: Readonly<Record<string, string>> = {},
): Promise<{ readonly userId: string; readonly email: string; readonly apiKey: string }> {
  const { stdout } = await kandaDone(
    ['account', 'create', '--email', email, '--with-key', 'test', '--password-stdin', '--json'].concat(
      '--data-dir',
      dataDir,
    ),
    { input: PASSWORD, env },
  );
  return JSON.parse(stdout);
}

/** Creates an account with the password on standard input. */
export function create(dataDir: string, email: string, ...more: string[]): Promise<Run> {
  const args = ['account', 'create', '--email', email, '--password-stdin', '--data-dir', dataDir, ...more];
  return kanda(args, { input: `${PASSWORD}\n` });
}
