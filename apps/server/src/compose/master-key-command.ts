/** The master key from a program of the operator's: a key service, an HSM, a secret store, an encrypted file. */
import { spawnSync } from 'node:child_process';
import { Secret } from '../domain/secret.ts';

const WITHIN_MS = 30_000;
const MAX_OUTPUT = 64 * 1024;

/** What each command has printed: it is asked once in the life of a process. */
const printed = new Map<string, Secret<string>>();

/**
 * What the command prints on its standard output, by the system's shell and with the environment of this process. Its
 * standard error is that of this process.
 *
 * @throws for the operator, when it fails, prints nothing, or takes longer than 30 s
 */
export function outputOf(command: string): Secret<string> {
  const known = printed.get(command);
  if (known !== undefined) return known;
  const { error, status, signal, stdout } = spawnSync(command, {
    shell: true,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    timeout: WITHIN_MS,
    killSignal: 'SIGKILL',
    maxBuffer: MAX_OUTPUT,
  });
  const problem = problemOf(error, status, signal, stdout);
  if (problem !== null) {
    throw new Error(
      `KANDA_MASTER_KEY_COMMAND ${problem}. What it says is above. Run it by hand, as the user that Kanda runs as: ${command}`,
    );
  }
  const secret = new Secret(stdout);
  printed.set(command, secret);
  return secret;
}

function problemOf(
  error: (Error & { code?: string }) | undefined,
  status: number | null,
  signal: NodeJS.Signals | null,
  stdout: string,
): string | null {
  if (error?.code === 'ETIMEDOUT') return `did not end within ${WITHIN_MS / 1000} s`;
  if (error?.code === 'ENOBUFS') return `printed more than ${MAX_OUTPUT / 1024} KiB`;
  if (error !== undefined) return `could not be started (${error.message})`;
  if (signal !== null) return `was ended by ${signal}`;
  if (status !== 0) return `ended with status ${status}`;
  return stdout.trim() === '' ? 'printed nothing' : null;
}
