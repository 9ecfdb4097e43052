/** The programs of the guides, each made of its page's blocks and nothing else. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { callerEnvironment } from '../../../tools/child-environment.mjs';
import { fencedBlocks } from '../../../tools/markdown.ts';
import { isExecutable, programsNamed } from '../../../tools/system-tools.mjs';
import { Caller, openAccount } from '../../support/caller.ts';
import { SHOWN_API_KEY, SHOWN_URL } from '../../support/document-session.ts';
import { temporaryFolder } from '../../support/kanda-process.ts';
import { findTool } from '../../support/test-tools.ts';
import { Browser } from './browser.ts';
import { djangoProject } from './django-project.ts';
import { Gateway } from './gateway.ts';

export interface Guide {
  readonly page: string;
  readonly language: string;
  /** Makes the program in a folder out of the page's blocks, and gives what starts it there. */
  readonly build: (folder: string, blocks: readonly string[]) => (port: number) => readonly string[];
  /** Its users sign up; the others have one. */
  readonly signUp?: true;
}

const express = findTool('express');
const fastify = findTool('fastify');
const fastapi = findTool('python3 with fastapi');
const django = findTool('python3 with django');
const go = [...programsNamed('go'), '/usr/local/go/bin/go'].find(isExecutable) ?? null;
if (go === null) console.warn('NOT TESTED: go is not installed, so the guide to Go is not run.');

/** A program that is one file. `packages`: the node_modules that it imports from. */
function oneFile(name: string, command: readonly string[], packages?: string): Guide['build'] {
  return (folder, blocks) => {
    writeFileSync(join(folder, name), blocks.join('\n'));
    if (packages !== undefined) symlinkSync(packages, join(folder, 'node_modules'));
    return () => [...command, join(folder, name)];
  };
}

/** The guides whose programs can be run here. They have one set of routes, so one test is for all. */
export const guides: readonly Guide[] = [
  ...(express === null
    ? []
    : [
        {
          page: 'express',
          language: 'js',
          build: oneFile('app.mjs', [process.execPath], dirname(dirname(express))),
        },
      ]),
  ...(fastify === null
    ? []
    : [
        {
          page: 'fastify',
          language: 'js',
          build: oneFile('app.mjs', [process.execPath], dirname(dirname(fastify))),
          signUp: true,
        } as const,
      ]),
  ...(fastapi === null ? [] : [{ page: 'fastapi', language: 'py', build: oneFile('app.py', [fastapi]) }]),
  ...(django === null
    ? []
    : [{ page: 'django', language: 'py', build: djangoProject(django), signUp: true } as const]),
  ...(go === null ? [] : [{ page: 'go', language: 'go', build: oneFile('main.go', [go, 'run']) }]),
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
  /** Where the program is. */
  readonly folder: string;
  /** Between the application and Kanda. */
  readonly gateway: Gateway;
  /** The account's owner, who asks Kanda itself. */
  readonly owner: Caller;
  readonly #printed: () => string;

  /** The id that Kanda has for alice@example.com. */
  readonly userId: string;

  private constructor(
    url: string,
    userId: string,
    {
      folder,
      gateway,
      owner,
      printed,
    }: { folder: string; gateway: Gateway; owner: Caller; printed: () => string },
  ) {
    this.folder = folder;
    this.url = url;
    this.userId = userId;
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
    const { url, folder, printed } = await run(guide, values);
    const owner = new Caller(kandaUrl).withBearer(token);
    const userId = guide.signUp === true ? await new Browser(url).signUp() : 'user-123';
    return new Application(url, userId, { folder, gateway, owner, printed });
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
): Promise<{ url: string; folder: string; printed: () => string }> {
  const markdown = readFileSync(new URL(`../../../docs/guides/${guide.page}.md`, import.meta.url), 'utf8');
  let blocks = fencedBlocks(markdown).flatMap(({ language, text }) =>
    language === guide.language ? [text] : [],
  );
  for (const [shown, real] of values) {
    if (!blocks.some((block) => block.includes(shown))) {
      throw new Error(`docs/guides/${guide.page}.md has no ${shown}`);
    }
    blocks = blocks.map((block) => block.replaceAll(shown, real));
  }
  const folder = temporaryFolder();
  const commandFor = guide.build(folder, blocks);
  const port = await freePort();
  const [program = '', ...args] = commandFor(port);
  const child = spawn(program, args, {
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
    if (await answers(url)) return { url, folder, printed: () => printed };
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`The program of ${guide.page} ended with ${child.exitCode}:\n${printed}`);
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
