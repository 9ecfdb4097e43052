/** How the snippets of each language are run, all of them by as few processes as can be. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import type { Readable } from 'node:stream';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import type { CallLanguageId } from '../../../apps/web/pages/snippets/languages.ts';
import { callerEnvironment } from '../../../tools/child-environment.mjs';
import { GO_SDK, runGo } from '../../sdk/go-program.ts';
import { PYTHON_SDK, python } from '../../sdk/python-sdk.ts';
import { temporaryFolder } from '../../support/kanda-process.ts';
import { ENDS_WITHIN_MS } from '../../support/patience.ts';

const TS_SDK = fileURLToPath(new URL('../../../packages/sdk/src/index.ts', import.meta.url));

/** By operation: what the page has to copy, with the address of the proxy. */
export type Snippets = ReadonlyMap<string, string>;

export interface Runner {
  /** Resolves when the snippet has ended; rejects with what it wrote when it failed. */
  run(id: string): Promise<unknown>;
  /** A process of its own for a snippet that does not end: it is to be ended by {@link endGroup}. */
  begin(id: string): ChildProcess;
  stop(): Promise<void>;
}

export const RUNNERS: Readonly<Record<CallLanguageId, (snippets: Snippets) => Runner>> = {
  curl: (snippets) => eachByItself('bash', filesOf(snippets, '.sh'), (file) => ['-eu', file]),
  fetch: (snippets) => inNode(filesOf(snippets, '.mjs')),
  js: (snippets) => inNode(filesOf(mapped(snippets, withSdkSource), '.ts')),
  py: (snippets) => inPython(filesOf(snippets, '.py')),
  go: inGo,
};

/** Ends a process and those that it began. */
export async function endGroup(child: ChildProcess): Promise<void> {
  const exited = once(child, 'exit');
  if (child.pid === undefined || child.exitCode !== null) return;
  process.kill(-child.pid, 'SIGKILL');
  await exited;
}

/** The file of each snippet, in a folder of its own: what a snippet writes goes there. */
function filesOf(snippets: Snippets, ending: string): Map<string, string> {
  const folder = temporaryFolder();
  return mapped(snippets, (code, id) => {
    const file = join(folder, `${id}${ending}`);
    writeFileSync(file, `${code}\n`);
    return file;
  });
}

function mapped(snippets: Snippets, change: (code: string, id: string) => string): Map<string, string> {
  return new Map([...snippets].map(([id, code]) => [id, change(code, id)]));
}

function withSdkSource(code: string): string {
  return code.replace("'@kanda/sdk'", `'${TS_SDK}'`);
}

/** A process for each snippet. @param files what is passed on, by operation */
function eachByItself(
  program: string,
  files: ReadonlyMap<string, string>,
  args: (file: string) => readonly string[],
  more: Readonly<Record<string, string>> = {},
): Runner {
  const cwd = temporaryFolder();
  const env = callerEnvironment(more);
  const argsOf = (id: string) => args(files.get(id) ?? '');
  return {
    run: (id) => promisify(execFile)(program, argsOf(id), { cwd, env, timeout: ENDS_WITHIN_MS }),
    begin: (id) => spawn(program, argsOf(id), { cwd, env, stdio: 'ignore', detached: true }),
    stop: async () => {},
  };
}

/** Reads names of files, runs each, and says on descriptor 3 how that ended. */
const NODE_RUNNER = `
import { createInterface } from 'node:readline';
import { writeSync } from 'node:fs';
for await (const file of createInterface(process.stdin)) {
  let failure = null;
  try { await import(file); } catch (error) { failure = String(error?.stack ?? error); }
  writeSync(3, JSON.stringify({ failure }) + '\\n');
}
process.exit(0);
`;

function inNode(files: ReadonlyMap<string, string>): Runner {
  const runner = join(temporaryFolder(), 'run.mjs');
  writeFileSync(runner, NODE_RUNNER);
  const urls = mapped(files, (file) => pathToFileURL(file).href);
  return {
    ...eachByItself(process.execPath, files, (file) => [file]),
    ...manyInOne(process.execPath, [runner], urls),
  };
}

const PYTHON_RUNNER = `
import json, os, runpy, sys, traceback
for line in sys.stdin:
    failure = None
    try:
        runpy.run_path(line.strip(), run_name="__main__")
    except BaseException:
        failure = traceback.format_exc()
    os.write(3, (json.dumps({"failure": failure}) + "\\n").encode())
`;

function inPython(files: ReadonlyMap<string, string>): Runner {
  const runner = join(temporaryFolder(), 'run.py');
  writeFileSync(runner, PYTHON_RUNNER);
  const more = { PYTHONPATH: `${PYTHON_SDK}/src`, PYTHONDONTWRITEBYTECODE: '1' };
  return {
    ...eachByItself(python ?? 'python3', files, (file) => [file], more),
    ...manyInOne(python ?? 'python3', [runner], files, more),
  };
}

/** One process that runs one snippet after the other. */
function manyInOne(
  program: string,
  args: readonly string[],
  files: ReadonlyMap<string, string>,
  more: Readonly<Record<string, string>> = {},
): Pick<Runner, 'run' | 'stop'> {
  let child: ChildProcess | null = null;
  let said: AsyncIterator<string> | null = null;
  const started = (): ChildProcess => {
    const stdio = ['pipe', 'ignore', 'inherit', 'pipe'] as const;
    const begun = spawn(program, args, { env: callerEnvironment(more), stdio: [...stdio] });
    const lines: Interface = createInterface(begun.stdio[3] as Readable);
    said = lines[Symbol.asyncIterator]();
    return begun;
  };
  return {
    async run(id) {
      child ??= started();
      child.stdin?.write(`${files.get(id)}\n`);
      const { value, done } = await (said as unknown as AsyncIterator<string>).next();
      if (done === true) throw new Error('the process that runs the snippets has ended');
      const { failure } = JSON.parse(value) as { failure: string | null };
      if (failure !== null) throw new Error(failure);
    },
    async stop() {
      if (child === null) return;
      const exited = once(child, 'exit');
      child.stdin?.end();
      await exited;
    },
  };
}

/** One program of all snippets, each a package of its own, compiled once. */
function inGo(snippets: Snippets): Runner {
  const folder = temporaryFolder();
  for (const [id, code] of snippets) {
    mkdirSync(join(folder, 'snippets', id), { recursive: true });
    const asPackage = code.replace('package main', 'package snippet').replace('func main()', 'func Main()');
    writeFileSync(join(folder, 'snippets', id, 'snippet.go'), `${asPackage}\n`);
  }
  const ids = [...snippets.keys()];
  const main = [
    'package main',
    'import (\n"os"',
    ...ids.map((id) => `${id} "shop.example/shop/snippets/${id}"`),
    ')',
    'func main() {\nswitch os.Args[1] {',
    ...ids.map((id) => `case "${id}":\n${id}.Main()`),
    '}\n}',
  ];
  writeFileSync(join(folder, 'main.go'), `${main.join('\n')}\n`);
  runGo(['mod', 'init', 'shop.example/shop'], folder);
  runGo(
    ['mod', 'edit', '-require=kanda.example/kanda@v0.1.0', `-replace=kanda.example/kanda=${GO_SDK}`],
    folder,
  );
  runGo(['build', '-buildvcs=false', '-o', 'program', '.'], folder);
  return eachByItself(join(folder, 'program'), new Map(ids.map((id) => [id, id])), (id) => [id]);
}
