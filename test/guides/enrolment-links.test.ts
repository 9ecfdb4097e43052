/** The program of docs/guides/enrolment-links.md, run as it is, beside a real server and a person with a browser. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { fencedBlocks } from '../../tools/markdown.ts';
import { Caller, codeOf, openAccount } from '../support/caller.ts';
import { fillIn, SHOWN_API_KEY, SHOWN_URL } from '../support/document-session.ts';
import { endAll, KandaProcess, temporaryFolder } from '../support/kanda-process.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

interface User {
  readonly id: string;
  readonly email: string;
}
type Session = { linkId?: string };
interface Program {
  sendLink(session: Session, user: User): Promise<string>;
  comeBack(session: Session, user: User, result: string): Promise<boolean>;
}

let program: Program;

beforeAll(async () => {
  const server = await KandaProcess.start();
  const { token } = await openAccount(server.url);
  const caller = new Caller(server.url).withBearer(token);
  const markdown = readFileSync(join(ROOT, 'docs/guides/enrolment-links.md'), 'utf8');
  const blocks = fencedBlocks(markdown);
  const settings = blocks.find(({ language }) => language === 'http')?.text ?? '';
  const [request = '', body = ''] = settings.split('\n\n');
  const [method = '', path = ''] = request.split(' ');
  expect(await caller.call(method, path, JSON.parse(body))).toMatchObject({ status: 200 });
  const key = await caller.post('/api/keys', { name: 'the app', scopes: ['links:write', 'totp:validate'] });
  const text = blocks.find(({ language }) => language === 'js')?.text ?? '';
  const known = new Map([
    [SHOWN_URL, server.url],
    [SHOWN_API_KEY, key.json.apiKey],
  ]);
  const file = join(temporaryFolder(), 'links.mjs');
  writeFileSync(file, fillIn(text, known));
  program = await import(pathToFileURL(file).href);
});
afterAll(endAll);

/** Presses the button, types the first code, and gives the result that the page leads on with. */
async function usePage(url: string): Promise<string> {
  const { origin } = new URL(url);
  const send = async (page: string, fields: Record<string, string>) => {
    const action = /<form[^>]* action="([^"]+)"/.exec(page)?.[1]?.replaceAll('&amp;', '&') ?? '';
    const answer = await fetch(`${origin}${action}`, { method: 'POST', body: new URLSearchParams(fields) });
    return answer.text();
  };
  const shown = await send(await (await fetch(url)).text(), {});
  const secret = (/class="key"[^>]*>([^<]+)</.exec(shown)?.[1] ?? '').replaceAll(' ', '');
  const done = await send(shown, { code: codeOf({ secret, period: 30 }) });
  const href = /<a class="button" href="([^"]+)"/.exec(done)?.[1] ?? '';
  expect(new URL(href).origin).toBe('https://app.example.com');
  return new URL(href).searchParams.get('result') ?? '';
}

test('enrols a user, believes the result once, and of the browser alone that the link was made for', async () => {
  const alice = { id: 'alice', email: 'alice@example.com' };
  const session: Session = {};
  const result = await usePage(await program.sendLink(session, alice));
  expect(await program.comeBack(session, alice, result)).toBe(true);
  expect(await program.comeBack(session, alice, result)).toBe(false);
  expect(await program.comeBack(session, alice, 'made up')).toBe(false);
  const bob = { id: 'bob', email: 'bob@example.com' };
  const other = await usePage(await program.sendLink({}, bob));
  expect(await program.comeBack(session, bob, other)).toBe(false);
});
