/** The programs of the guides, each made of its page's blocks and nothing else. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { callerEnvironment } from '../../../tools/child-environment.mjs';
import { fencedBlocks } from '../../../tools/markdown.ts';
import { isExecutable, programsNamed } from '../../../tools/system-tools.mjs';
import { Caller, openAccount } from '../../support/caller.ts';
import { SHOWN_API_KEY, SHOWN_URL } from '../../support/document-session.ts';
import { temporaryFolder } from '../../support/kanda-process.ts';
import { findTool } from '../../support/test-tools.ts';
import { Gateway } from './gateway.ts';

export interface Guide {
  readonly page: string;
  readonly language: string;
  readonly file: string;
  /** The program and its arguments, without the file. */
  readonly command: readonly string[];
  /** A folder whose packages the program imports. */
  readonly packages?: string;
}

const express = findTool('express');
const fastapi = findTool('python3 with fastapi');
const go = [...programsNamed('go'), '/usr/local/go/bin/go'].find(isExecutable) ?? null;
if (go === null) console.warn('NOT TESTED: go is not installed, so the guide to Go is not run.');

/** The guides whose programs can be run here. They have one set of routes, so one test is for all. */
export const guides: readonly Guide[] = [
  ...(express === null
    ? []
    : [
        {
          page: 'express',
          language: 'js',
          file: 'app.mjs',
          command: [process.execPath],
          packages: dirname(dirname(express)),
        },
      ]),
  ...(fastapi === null ? [] : [{ page: 'fastapi', language: 'py', file: 'app.py', command: [fastapi] }]),
  ...(go === null ? [] : [{ page: 'go', language: 'go', file: 'main.go', command: [go, 'run'] }]),
];

/** What each page says about how long a log-in that is not complete may take. */
const SHOWN_HALF_OPEN = '15 * 60';

const programs = new Set<ChildProcess>();
const gateways = new Set<Gateway>();

/** Ends what `Application.start` has started. */
export async function endApplications(): Promise<void> {
  for (const program of programs) await end(program);
  for (const gateway of gateways) gateway.close();
}

export class Application {
  readonly url: string;
  /** Between the application and Kanda. */
  readonly gateway: Gateway;
  /** The account's owner, who asks Kanda itself. */
  readonly owner: Caller;
  readonly #printed: () => string;

  private constructor(url: string, gateway: Gateway, owner: Caller, printed: () => string) {
    this.url = url;
    this.gateway = gateway;
    this.owner = owner;
    this.#printed = printed;
  }

  /** The guide's program with an account of its own. `halfOpen`: seconds for a log-in that is not complete. */
  static async start(
    guide: Guide,
    kandaUrl: string,
    { halfOpen = SHOWN_HALF_OPEN } = {},
  ): Promise<Application> {
    const { apiKey, token } = await openAccount(kandaUrl);
    const gateway = await Gateway.start(kandaUrl);
    gateways.add(gateway);
    const values = [
      [SHOWN_URL, gateway.url],
      [SHOWN_API_KEY, apiKey],
      [SHOWN_HALF_OPEN, halfOpen],
    ] as const;
    const [url, printed] = await run(guide, values);
    return new Application(url, gateway, new Caller(kandaUrl).withBearer(token), printed);
  }

  /** Everything that the program has printed. */
  get log(): string {
    return this.#printed();
  }
}

/** Writes the page's blocks as one file, with real values, and runs it. */
async function run(
  guide: Guide,
  values: readonly (readonly [shown: string, real: string])[],
): Promise<[url: string, printed: () => string]> {
  const markdown = readFileSync(new URL(`../../../docs/guides/${guide.page}.md`, import.meta.url), 'utf8');
  const blocks = fencedBlocks(markdown).filter(({ language }) => language === guide.language);
  let source = blocks.map(({ text }) => text).join('\n');
  for (const [shown, real] of values) {
    if (!source.includes(shown)) throw new Error(`docs/guides/${guide.page}.md has no ${shown}`);
    source = source.replaceAll(shown, real);
  }
  const folder = temporaryFolder();
  const file = join(folder, guide.file);
  writeFileSync(file, source);
  if (guide.packages !== undefined) {
    mkdirSync(join(folder, 'node_modules'));
    symlinkSync(join(guide.packages, 'express'), join(folder, 'node_modules', 'express'));
  }
  const port = await freePort();
  const [program = '', ...args] = guide.command;
  const child = spawn(program, [...args, file], {
    cwd: folder,
    env: callerEnvironment({ PORT: String(port), GOTOOLCHAIN: 'local' }),
    stdio: ['ignore', 'pipe', 'pipe'],
    // `go run` is the parent of the program: they end as a group.
    detached: true,
  });
  programs.add(child);
  let printed = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      printed += text;
    });

  const url = `http://127.0.0.1:${port}`;
  while (child.exitCode === null) {
    if (await answers(url)) return [url, () => printed];
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`${guide.file} ended with ${child.exitCode}:\n${printed}`);
}

async function answers(url: string): Promise<boolean> {
  try {
    await fetch(`${url}/account`);
    return true;
  } catch {
    return false;
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('No port was given.');
  return address.port;
}

async function end(program: ChildProcess): Promise<void> {
  if (program.exitCode !== null || program.pid === undefined) return;
  const exited = once(program, 'exit');
  process.kill(-program.pid, 'SIGKILL');
  await exited;
}
