/**
 * Runs a document as its reader would: the shell blocks one after the other in one session, each answer held
 * against the one that is shown, and what the document shows in place of a secret, a key or a code replaced
 * by what the reader would have got.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Block, fencedBlocks } from '../../tools/markdown.ts';

/** Where documents say that Kanda listens. */
export const SHOWN_URL = 'http://127.0.0.1:3000';
/** How documents write an API key that the reader has to fill in. */
export const SHOWN_API_KEY = 'kan_your_api_key_here';
/** After `sh`: this block is not run. Only lines that `mayStayUnrun` knows may be in it. */
export const NOT_RUN = 'not-run';

/** What the reader has got so far for what the document shows. */
export type Replacements = Map<string, string>;

export interface Step {
  readonly command: Block;
  /** What the document shows as the answer; null when it shows none. */
  readonly answer: Block | null;
}

/** The shell blocks that are run, each with the answer that follows it. */
export function stepsOf(markdown: string): Step[] {
  const blocks = fencedBlocks(markdown);
  return blocks.flatMap((command, index) => {
    if (command.language !== 'sh' || command.mark === NOT_RUN) return [];
    const next = blocks[index + 1];
    return [{ command, answer: next?.language === 'json' || next?.language === 'text' ? next : null }];
  });
}

/**
 * What is wrong with the blocks that are not run: a line other than `npm start`, `npm test` or `npm run …` of
 * package.json, or a mark that means nothing.
 */
export function wrongMarks(markdown: string, scripts: Readonly<Record<string, string>>): string[] {
  return fencedBlocks(markdown).flatMap(({ language, mark, text, line }) => {
    if (mark === '') return [];
    if (language !== 'sh' || mark !== NOT_RUN) return [`line ${line}: the mark «${mark}» means nothing`];
    return text
      .trim()
      .split('\n')
      .filter((command) => {
        const [, name = ''] = /^npm (?:run )?(\w+)$/.exec(command) ?? [];
        const short = name === 'start' || name === 'test';
        return !(name in scripts && command === (short ? `npm ${name}` : `npm run ${name}`));
      })
      .map((command) => `line ${line}: «${command}» is no script of package.json, so it must be run`);
  });
}

/** The text with the values of this reader in the places of the document's. */
export function fillIn(text: string, replacements: Replacements): string {
  // Longest first: one shown value may be part of another.
  const shown = [...replacements.keys()].sort((a, b) => b.length - a.length);
  return shown.reduce((filled, value) => filled.replaceAll(value, replacements.get(value) ?? value), text);
}

/** How a shell is started, and how it runs a file with its output in files. After a failure it must end. */
export interface Shell {
  readonly command: readonly string[];
  readonly run: (script: string, output: string, errors: string) => string;
}

export const BASH: Shell = {
  command: ['bash', '--noprofile', '--norc', '-euo', 'pipefail'],
  run: (script, output, errors) => `. '${script}' >'${output}' 2>'${errors}' </dev/null; echo done`,
};

/** A shell as a reader has it open: what one block sets, the next one sees. */
export class ShellSession {
  readonly #shell: ChildProcess;
  readonly #folder: string;
  readonly #kind: Shell;
  #steps = 0;

  /** `folder` is an empty one for what the session writes. */
  constructor(folder: string, env: Readonly<Record<string, string | undefined>>, cwd: string, kind = BASH) {
    this.#folder = folder;
    this.#kind = kind;
    const [program = '', ...args] = kind.command;
    this.#shell = spawn(program, args, { cwd, env, stdio: ['pipe', 'pipe', 'ignore'] });
    this.#shell.stdout?.setEncoding('utf8');
  }

  /** What the block printed. @throws with its error output when a command of it fails */
  async run(block: string): Promise<string> {
    const file = (kind: string) => join(this.#folder, `${this.#steps}.${kind}`);
    this.#steps++;
    const [script, output, errors] = [file('sh'), file('out'), file('err')];
    writeFileSync(script, block);
    const { stdout } = this.#shell;
    const done = new Promise<boolean>((resolve) => {
      const onEnd = () => resolve(false);
      stdout?.once('close', onEnd);
      stdout?.once('data', () => {
        stdout.off('close', onEnd);
        resolve(true);
      });
    });
    this.#shell.stdin?.write(`${this.#kind.run(script, output, errors)}\n`);
    if (!(await done)) throw new Error(`The block failed:\n${block}\n${readFileSync(errors, 'utf8')}`);
    return readFileSync(output, 'utf8');
  }

  async end(): Promise<void> {
    if (this.#shell.exitCode !== null || this.#shell.signalCode !== null) return;
    const ended = once(this.#shell, 'exit');
    this.#shell.stdin?.end();
    await ended;
  }
}

/**
 * Holds an answer against the one that is shown, and notes what the reader now knows.
 * @returns what differs; empty when it is as shown
 */
export function compareAnswer(shown: Block, real: string, replacements: Replacements): string[] {
  if (shown.language === 'text') return compareText(shown.text.trim(), real.trim(), replacements);
  let answer: unknown;
  try {
    answer = JSON.parse(real);
  } catch {
    return [`the answer is not JSON: ${real}`];
  }
  const expected = JSON.parse(shown.text) as unknown;
  learn(expected, answer, replacements);
  return compare(JSON.parse(fillIn(shown.text, replacements)), answer, '');
}

/** A problem document in an answer that the document does not show: the block failed without saying so. */
export function hiddenProblem(real: string): string | null {
  return /"requestId":"req_/.test(real) && /"status":\d{3}/.test(real) ? real : null;
}

/** Text of the same words; digits may differ, and then are what the reader got. */
function compareText(shown: string, real: string, replacements: Replacements): string[] {
  const shape = (text: string) => text.replace(/\d/g, '0');
  if (shape(fillIn(shown, replacements)) !== shape(real)) return [`shown: ${shown}\nreal: ${real}`];
  const words = real.split(/\s+/);
  for (const [index, word] of shown.split(/\s+/).entries()) {
    if (word.length >= 6) replacements.set(word, words[index] ?? word);
  }
  return [];
}

/** Fields whose value is different at each reader. */
const OWN = new Set([
  'apiKey',
  'deviceId',
  'deviceToken',
  'id',
  'qrDataUrl',
  'receipt',
  'requestId',
  'secret',
  'token',
  'userId',
  'actor',
  'userAgent',
]);
/** Fields with a list of such values. */
const OWN_LISTS = new Set(['codes']);
const TIMESTAMP = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/;

function learn(shown: unknown, real: unknown, replacements: Replacements): void {
  if (!isObject(shown) || !isObject(real)) return;
  for (const [name, value] of Object.entries(shown)) {
    const own = real[name];
    if (OWN.has(name) && typeof value === 'string' && typeof own === 'string' && name !== 'qrDataUrl') {
      replacements.set(value, own);
    }
    if (!OWN_LISTS.has(name) || !Array.isArray(value) || !Array.isArray(own)) continue;
    for (const [index, one] of value.entries()) replacements.set(String(one), String(own[index] ?? one));
  }
}

/**
 * Same fields, same types. Texts are the same to the letter, unless they are the reader's own, a time, or
 * shortened with an ellipsis; true and false are themselves; numbers may differ.
 */
function compare(shown: unknown, real: unknown, path: string): string[] {
  const differs = [
    `${path === '' ? 'the answer' : path} is ${JSON.stringify(real)}, shown is ${JSON.stringify(shown)}`,
  ];
  if (Array.isArray(shown)) {
    const [first] = shown;
    if (!Array.isArray(real) || (first === undefined) !== (real.length === 0)) return differs;
    // What is shown of a list is its beginning.
    if (shown.length > real.length) return differs;
    return shown.flatMap((item, index) => compare(item, real[index], `${path}/${index}`));
  }
  if (isObject(shown)) {
    if (!isObject(real)) return differs;
    const names = [...new Set([...Object.keys(shown), ...Object.keys(real)])];
    return names.flatMap((name) => {
      if (!(name in shown)) return [`${path}/${name} is not shown`];
      if (!(name in real)) return [`${path}/${name} is shown, but not there`];
      return OWN.has(name) && typeof shown[name] === typeof real[name]
        ? []
        : compare(shown[name], real[name], `${path}/${name}`);
    });
  }
  if (typeof shown === 'string' && typeof real === 'string') return matches(shown, real) ? [] : differs;
  if (typeof shown === 'number' && typeof real === 'number') return [];
  return shown === real ? [] : differs;
}

function matches(shown: string, real: string): boolean {
  if (shown === real || (TIMESTAMP.test(shown) && TIMESTAMP.test(real))) return true;
  const [start = '', end, ...more] = shown.split(/…|\.\.\./);
  return end !== undefined && more.length === 0 && real.startsWith(start) && real.endsWith(end);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
