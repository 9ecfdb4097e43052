/** Programs in Go that use the SDK for Go, built with the Go of this machine. No network: the SDK has no dependency. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { callerEnvironment } from '../../tools/child-environment.mjs';
import { isExecutable, programsNamed } from '../../tools/system-tools.mjs';
import { temporaryFolder } from '../support/kanda-process.ts';

export const GO_SDK = fileURLToPath(new URL('../../sdks/go/', import.meta.url));
export const GO_TESTS = fileURLToPath(new URL('./go/', import.meta.url));

/** The `go` command, or null, after saying what is not tested. */
export const go = [...programsNamed('go'), '/usr/local/go/bin/go'].find(isExecutable) ?? null;
if (go === null) console.warn('NOT TESTED: go is not installed, so the SDK for Go is not run.');

/** Declares tests that need Go. Without it there is nothing to skip where nothing could be run. */
export function withGo(declare: () => void): void {
  if (go !== null) declare();
  else test('the SDK for Go is tested where there is Go', () => expect(go).toBeNull());
}

/** Neither a proxy nor a flag of the caller's, and no other Go than this one. */
const ALONE = { GOTOOLCHAIN: 'local', GOPROXY: 'off', GOFLAGS: '', GOWORK: 'off' };

/** What `go` prints. @throws with all of it when it fails */
export function runGo(args: readonly string[], cwd: string): string {
  const { status, stdout, stderr, error } = spawnSync(go ?? 'go', args, {
    cwd,
    encoding: 'utf8',
    timeout: 200_000,
    env: callerEnvironment(ALONE),
  });
  if (status !== 0) throw new Error(`go ${args.join(' ')}: ${status ?? error}\n${stdout}${stderr}`);
  return stdout;
}

/** Builds a package of a module. @returns the program's path */
export function build(name: string, module = GO_TESTS): string {
  const program = join(temporaryFolder(), 'program');
  runGo(['build', '-buildvcs=false', '-o', program, name], module);
  return program;
}

/** Runs a program with these variables and this input. @returns what it printed; @throws when it fails */
export async function printedByProgram(
  program: string,
  variables: Readonly<Record<string, string>> = {},
  input = '',
): Promise<string> {
  const child = spawn(program, { env: callerEnvironment(variables), stdio: ['pipe', 'pipe', 'pipe'] });
  const [stdout, stderr] = [child.stdout, child.stderr].map((stream) => {
    const parts: string[] = [];
    stream.setEncoding('utf8').on('data', (part: string) => parts.push(part));
    return parts;
  });
  child.stdin.end(input);
  const [status] = await once(child, 'close');
  if (status !== 0) throw new Error(`it ended with ${status}: ${stdout?.join('')}${stderr?.join('')}`);
  return stdout?.join('') ?? '';
}
