/** The package as a registry would have it, installed into an empty project as a stranger does. */
import { execFile, spawnSync } from 'node:child_process';
import { existsSync, globSync, symlinkSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { callerEnvironment } from '../../tools/child-environment.mjs';
import { temporaryFolder } from '../support/kanda-process.ts';
import { ENDS_WITHIN_MS } from '../support/patience.ts';
import { findTool } from '../support/test-tools.ts';

export const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** What a program printed. @throws with all of it when it fails */
export function run(program: string, args: readonly string[], cwd: string): string {
  const PATH = [dirname(process.execPath), callerEnvironment().PATH].join(delimiter);
  const { status, stdout, stderr, error } = spawnSync(program, args, {
    cwd,
    encoding: 'utf8',
    timeout: ENDS_WITHIN_MS,
    env: callerEnvironment({ PATH, NO_COLOR: '1' }),
  });
  if (status !== 0) throw new Error(`${program} ${args.join(' ')}: ${status ?? error}\n${stdout}${stderr}`);
  return stdout;
}

/** As `run`, while this process goes on: for what talks to it. */
export async function runBeside(program: string, args: readonly string[], cwd: string): Promise<string> {
  const options = { cwd, timeout: ENDS_WITHIN_MS, env: callerEnvironment({ NO_COLOR: '1' }) };
  return (await promisify(execFile)(program, [...args], options)).stdout;
}

/** A project with the packed SDK and nothing else. @returns its folder */
export function projectWithSdk(): string {
  const folder = temporaryFolder();
  run('npm', ['pack', '--pack-destination', folder, '--loglevel=error'], join(ROOT, 'packages/sdk'));
  const [tarball = ''] = globSync('*.tgz', { cwd: folder });
  writeFileSync(join(folder, 'package.json'), '{ "private": true, "type": "module" }');
  // Without a registry: it asks for nothing else.
  const alone = [
    '--offline',
    '--cache',
    join(folder, 'cache'),
    '--no-audit',
    '--no-fund',
    '--loglevel=error',
  ];
  run('npm', ['install', ...alone, `./${tarball}`], folder);
  return folder;
}

/** The folder with the run-times and frameworks, or null, after saying what is not tested. */
export function surroundings(): string | null {
  const found = findTool('sdk surroundings');
  return found === null ? null : dirname(dirname(found));
}

/** Gives a project packages of the surroundings, beside the SDK. */
export function addPackages(project: string, packages: string, names: readonly string[]): void {
  for (const name of names) symlinkSync(join(packages, name), join(project, 'node_modules', name), 'dir');
}

export interface Runtime {
  readonly name: string;
  /** The program and its arguments before the file. */
  readonly command: readonly [string, ...string[]];
}

/** Node in the versions that are kept, the newest, this one, Deno and Bun. */
export function runtimes(): Runtime[] {
  const packages = surroundings();
  const own: Runtime = { name: `Node ${process.versions.node}`, command: [process.execPath] };
  if (packages === null) return [own];
  const programs: readonly [string, string, ...string[]][] = [
    ['Node 20', `node-20-linux-${process.arch}/bin/node`],
    ['Node 22', `node-22-linux-${process.arch}/bin/node`],
    ['Node 26', `node-26-linux-${process.arch}/bin/node`],
    ['Deno', `@deno/linux-${process.arch}-glibc/deno`, 'run', '--allow-net'],
    ['Bun', `@oven/bun-linux-${process.arch === 'arm64' ? 'aarch64' : process.arch}/bin/bun`, 'run'],
  ];
  return [
    own,
    ...programs.flatMap(([name, path, ...args]): Runtime[] => {
      if (existsSync(join(packages, path))) return [{ name, command: [join(packages, path), ...args] }];
      console.warn(`NOT TESTED: there is no ${name} for ${process.platform}-${process.arch}.`);
      return [];
    }),
  ];
}
