/** The programs of the guides, each made of its page's blocks and nothing else. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { callerEnvironment } from '../../../tools/child-environment.mjs';
import { fencedBlocks } from '../../../tools/markdown.ts';
import { Caller, openAccount } from '../../support/caller.ts';
import { SHOWN_API_KEY, SHOWN_URL } from '../../support/document-session.ts';
import { temporaryFolder } from '../../support/kanda-process.ts';
import { Browser } from './browser.ts';
import { Gateway } from './gateway.ts';

export type Values = readonly (readonly [shown: string, real: string])[];

export interface Guide {
  readonly page: string;
  readonly language: string;
  /**
   * Makes the program in a folder out of the page's blocks, and gives what starts it there. `shown`: the blocks as they are
   * on the page, and the `values` that are in `blocks` in the place of those.
   */
  readonly build: (
    folder: string,
    blocks: readonly string[],
    page: { readonly shown: readonly string[]; readonly values: Values },
  ) => (port: number) => readonly string[];
  /** What takes long, once for all programs of the page. */
  readonly prepare?: (blocks: readonly string[]) => void;
  /** What the program needs besides. */
  readonly env?: Readonly<Record<string, string>>;
}

/** What each page says about how long a log-in that is not complete may take. */
export const SHOWN_HALF_OPEN = '15 * 60';
/** And those with an SDK about how recent a code must be for what is sensitive. */
export const SHOWN_RECENT = '5 * 60';

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

  /**
   * The guide's program with an account of its own. `halfOpen`: seconds for a log-in that is not complete; `recent`: for a
   * code before what is sensitive.
   */
  static async start(
    guide: Guide,
    kandaUrl: string,
    { halfOpen = SHOWN_HALF_OPEN, recent = SHOWN_RECENT } = {},
  ): Promise<Application> {
    const { apiKey, token } = await openAccount(kandaUrl);
    const gateway = await Gateway.start(kandaUrl);
    gateways.add(gateway);
    const values = [
      [SHOWN_URL, gateway.url],
      [SHOWN_API_KEY, apiKey],
      [SHOWN_HALF_OPEN, halfOpen],
      ...(recent === SHOWN_RECENT ? [] : ([[SHOWN_RECENT, recent]] as const)),
    ] as const;
    const { url, folder, printed } = await run(guide, values);
    const owner = new Caller(kandaUrl).withBearer(token);
    const userId = await new Browser(url, guide).signUp();
    return new Application(url, userId, { folder, gateway, owner, printed });
  }

  /** Everything that the program has printed. */
  get log(): string {
    return this.#printed();
  }
}

/** Does what takes long once, before the tests of a page. */
export function prepare(guide: Guide): void {
  guide.prepare?.(blocksOf(guide));
}

function blocksOf({ page, language }: Guide): readonly string[] {
  const markdown = readFileSync(new URL(`../../../docs/guides/${page}.md`, import.meta.url), 'utf8');
  return fencedBlocks(markdown).flatMap((block) => (block.language === language ? [block.text] : []));
}

/** Writes the page's blocks as one file, with real values, and runs it. */
async function run(
  guide: Guide,
  values: Values,
): Promise<{ url: string; folder: string; printed: () => string }> {
  const shownBlocks = blocksOf(guide);
  let blocks = shownBlocks;
  for (const [shown, real] of values) {
    if (!blocks.some((block) => block.includes(shown))) {
      throw new Error(`docs/guides/${guide.page}.md has no ${shown}`);
    }
    // Not within another number: 15 * 60 has 5 * 60 in it.
    blocks = blocks.map((block) =>
      block.split(shown).reduce((text, part) => (/\d$/.test(text) ? text + shown : text + real) + part),
    );
  }
  const folder = temporaryFolder();
  const commandFor = guide.build(folder, blocks, { shown: shownBlocks, values });
  const port = await freePort();
  const [program = '', ...args] = commandFor(port);
  const child = spawn(program, args, {
    cwd: folder,
    env: callerEnvironment({ PORT: String(port), GOTOOLCHAIN: 'local', ...guide.env }),
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
