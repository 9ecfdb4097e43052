/** For test suites: a Kanda of their own, in test mode. Runs on Node; nothing else of the SDK needs that. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { KandaError } from './errors.ts';
import type { KandaOptions } from './settings.ts';
import { TestMode } from './test-mode.ts';

export { TestMode, type TestPhone } from './test-mode.ts';

export interface StartOptions {
  /** How `kanda` is run: the program and its first arguments; `['kanda']` unless set, as npm scripts find it. */
  readonly command?: readonly [string, ...string[]];
  /** How long the start may take, milliseconds; 60,000 unless set. */
  readonly startMs?: number;
  /** Options of `testMode.kanda`. */
  readonly client?: Omit<KandaOptions, 'url' | 'apiKey'>;
}

/** A server that runs. */
export interface StartedKanda {
  readonly url: string;
  /** A test key with every scope. */
  readonly apiKey: string;
  readonly testMode: TestMode;
  /** Ends it, and with it all that it kept. */
  stop(): Promise<void>;
}

/**
 * Starts a Kanda that is thrown away (`kanda serve --test`), on a free port.
 * @throws KandaError with what it printed, when it does not start
 */
export async function startKanda(options: StartOptions = {}): Promise<StartedKanda> {
  const { command = ['kanda'], startMs = 60_000, client } = options;
  const [program, ...args] = command;
  const child = spawn(program, [...args, 'serve', '--test', '--json'], { stdio: ['ignore', 'pipe', 'pipe'] });
  const stop = () => end(child);
  // A test suite may end without `stop`, as after a failure.
  const kill = () => child.kill();
  process.once('exit', kill);
  child.once('exit', () => process.removeListener('exit', kill));
  try {
    const { url, apiKey } = await announced(child, startMs);
    return { url, apiKey, testMode: new TestMode({ ...client, url, apiKey }), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

interface Announced {
  readonly url: string;
  readonly apiKey: string;
}

/** What the server says of itself in its first line, once it listens. */
function announced(child: ChildProcess, startMs: number): Promise<Announced> {
  return new Promise((resolve, reject) => {
    let [printed, errors] = ['', ''];
    const fail = (what: string) => {
      clearTimeout(timer);
      reject(new KandaError(`Kanda did not start: ${what}\n${printed}${errors}`));
    };
    const timer = setTimeout(() => fail(`it said nothing within ${startMs} ms.`), startMs);
    // Read to the end, so that it never waits; kept only until it has started.
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      if (!printed.includes('\n')) errors += text;
    });
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      if (printed.includes('\n')) return;
      printed += text;
      const [line = '', rest] = printed.split('\n');
      if (rest === undefined) return;
      const said = parse(line);
      if (said === null) return fail('this is not what `kanda serve --test --json` prints:');
      clearTimeout(timer);
      resolve(said);
    });
    child.once('error', ({ message }) => fail(message));
    child.once('exit', (code, signal) => fail(`it ended with ${code ?? signal}.`));
  });
}

function parse(line: string): Announced | null {
  try {
    const { url, apiKey } = JSON.parse(line) as Partial<Announced>;
    return typeof url === 'string' && typeof apiKey === 'string' ? { url, apiKey } : null;
  } catch {
    return null;
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  await ended;
}
