/**
 * The programs of the guides, each made of its page's blocks and nothing else, walked through as a user of
 * theirs would: password, enrolment, code, lost phone, locks, and turning it off. They have one set of routes, so one
 * walk is for all.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { createHotpKey, DEFAULT_PARAMETERS, decodeBase32, stepAt, stepStart, totp } from '@kanda/otp';
import { afterAll, describe, expect, test } from 'vitest';
import { callerEnvironment } from '../../tools/child-environment.mjs';
import { fencedBlocks } from '../../tools/markdown.ts';
import { isExecutable, programsNamed } from '../../tools/system-tools.mjs';
import { Caller, openAccount, wrongCodes } from '../support/caller.ts';
import { SHOWN_API_KEY, SHOWN_URL } from '../support/document-session.ts';
import { endAll, KandaProcess, temporaryFolder } from '../support/kanda-process.ts';
import { findTool } from '../support/test-tools.ts';

interface Guide {
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

const guides: Guide[] = [
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

const programs = new Set<ChildProcess>();
afterAll(async () => {
  for (const program of programs) await end(program);
  await endAll();
});

describe.skipIf(guides.length === 0).each(guides)('the program of the guide to $page', (guide) => {
  test('takes a user from password to second factor, and back when the phone is lost', {
    timeout: 180_000,
  }, async () => {
    const kanda = await KandaProcess.start();
    const { apiKey, token } = await openAccount(kanda.url);
    const owner = new Caller(kanda.url).withBearer(token);
    const url = await start(guide, kanda.url, apiKey);

    const browser = new Browser(url);
    const wrong = await browser.post('/login', { email: 'alice@example.com', password: 'another one' });
    expect(wrong).toMatchObject({ status: 401, body: { message: "That e-mail and password don't match." } });
    expect(await browser.logIn()).toEqual({ next: 'done' });

    // Begun twice: the same QR code, and no one is asked for a code before one was right.
    const first = await browser.post('/two-factor');
    const { body: enrolled } = await browser.post('/two-factor');
    expect(enrolled.qrDataUrl).toMatch(/^data:image\/png;base64,/);
    expect(enrolled.secret).toBe(first.body.secret);
    expect(await new Browser(url).logIn()).toEqual({ next: 'done' });
    const [notIt] = wrongCodes({ secret: enrolled.secret, period: DEFAULT_PARAMETERS.period }, 5);
    const refused = await browser.post('/two-factor/confirm', { code: notIt });
    expect(refused).toMatchObject({ status: 401, body: { message: expect.stringContaining("didn't work") } });

    const phone = new Phone(enrolled.secret);
    const spaced = phone.next().replace(/(?=.{3}$)/, ' ');
    const confirmed = await browser.post('/two-factor/confirm', { code: spaced });
    expect(confirmed.status).toBe(200);
    const recoveryCodes: string[] = confirmed.body.recoveryCodes;
    expect(new Set(recoveryCodes).size).toBe(10);
    expect(await browser.account()).toMatchObject({ status: 200, body: { twoFactor: true } });

    const second = new Browser(url);
    expect(await second.logIn()).toEqual({ next: 'code' });
    expect((await second.account()).status, 'the password alone opens nothing').toBe(401);
    expect((await second.post('/two-factor')).status, 'nor does it replace the secret').toBe(401);
    expect((await second.post('/login/code', { code: 'abc' })).status).toBe(401);
    expect((await second.post('/login/code', { code: phone.last })).status, 'a used code').toBe(401);
    const passed = await second.post('/login/code', { code: phone.next() });
    expect(passed).toMatchObject({ status: 200, body: { next: 'done' } });
    expect((await second.account()).status).toBe(200);

    const third = new Browser(url);
    await third.logIn();
    expect((await third.post('/login/recovery', { recoveryCode: 'no such code' })).status).toBe(401);
    const [used = '', another = ''] = recoveryCodes;
    const recovered = await third.post('/login/recovery', { recoveryCode: used.toLowerCase() });
    expect(recovered).toMatchObject({ status: 200, body: { next: 'enrol' } });
    const newPhone = new Phone((await third.post('/two-factor')).body.secret);
    expect((await third.post('/two-factor/confirm', { code: codeOf(phone.secret) })).status).toBe(401);
    expect((await third.post('/two-factor/confirm', { code: newPhone.next() })).status).toBe(200);
    const over = await third.post('/two-factor/confirm', { code: newPhone.last });
    expect(over).toMatchObject({ status: 401, body: { message: 'Please start again.' } });

    const fourth = new Browser(url);
    expect(await fourth.logIn()).toEqual({ next: 'code' });
    expect((await fourth.post('/login/recovery', { recoveryCode: used })).status, 'used up').toBe(401);
    expect((await fourth.post('/login/recovery', { recoveryCode: another })).status).toBe(200);
    expect(await fourth.logIn()).toEqual({ next: 'code' });

    // What each refusal says to the person.
    const client = '/api/totp/clients/user-123';
    const wrong5 = wrongCodes({ secret: newPhone.secret, period: DEFAULT_PARAMETERS.period }, 5);
    const guess = async () => {
      for (const code of wrong5) expect(await fourth.say(code)).toMatch(/didn't work. Wait for a new one.$/);
    };
    await owner.post(`${client}/disable`);
    expect(await fourth.say(wrong5[0])).toBe('Your account takes no codes at the moment. Please contact us.');
    await owner.post(`${client}/enable`);
    await guess();
    expect(await fourth.say(wrong5[0])).toMatch(
      /^Too many wrong codes. Try again in (?:[12]\d|30) seconds\.$/,
    );
    await owner.post(`${client}/unlock`);
    await owner.call('PUT', '/api/policy', { firstDelaySeconds: 120 });
    await guess();
    expect(await fourth.say(wrong5[0])).toBe('Too many wrong codes. Try again in 2 minutes.');
    await owner.post(`${client}/unlock`);
    await owner.call('PUT', '/api/policy', { dailyFailures: 5 });
    await guess();
    expect(await fourth.say(wrong5[0])).toBe('Too many wrong codes. Please contact us.');
    await owner.post(`${client}/unlock`);
    await owner.call('PUT', '/api/policy', {});

    const kept = await third.call('DELETE', '/two-factor', { code: wrong5[0] });
    expect(kept).toMatchObject({ status: 401, body: { message: expect.stringContaining("didn't work") } });
    expect((await owner.get(client)).status).toBe(200);
    const off = await third.call('DELETE', '/two-factor', { code: newPhone.next() });
    expect(off).toMatchObject({ status: 200, body: { next: 'done' } });
    expect((await owner.get(client)).status, 'the secret is gone from Kanda').toBe(404);
    expect(await new Browser(url).logIn(), 'no one is asked for a code').toEqual({ next: 'done' });

    const lastPhone = new Phone((await third.post('/two-factor')).body.secret);
    expect((await third.post('/two-factor/confirm', { code: lastPhone.next() })).status).toBe(200);
    owner.close();
    await kanda.stop();
    const unreachable = await fourth.post('/login/code', { code: lastPhone.next() });
    expect(unreachable).toMatchObject({
      status: 503,
      body: { message: expect.stringContaining('try again') },
    });
    expect((await fourth.account()).status).toBe(401);
  });
});

/** An authenticator app: never the same code twice, and never one that is about to end. */
class Phone {
  readonly secret: string;
  last = '';
  #step = 0;

  constructor(secret: string) {
    this.secret = secret;
  }

  /** The code of the present step, or of the one after the last that was asked for. */
  next(): string {
    this.#step = Math.max(stepAt(Date.now(), DEFAULT_PARAMETERS.period), this.#step + 1);
    this.last = codeOf(this.secret, stepStart(this.#step, DEFAULT_PARAMETERS.period));
    return this.last;
  }
}

function codeOf(secret: string, timeMs = Date.now()): string {
  return totp(createHotpKey(decodeBase32(secret), 'SHA1'), timeMs, DEFAULT_PARAMETERS);
}

interface Reply {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: the walk looks at answers field by field, and expect() checks each.
  readonly body: any;
}

/** Keeps the cookie that it was given last. */
class Browser {
  readonly #url: string;
  #cookie = '';

  constructor(url: string) {
    this.#url = url;
  }

  async logIn(): Promise<unknown> {
    const { body } = await this.post('/login', { email: 'alice@example.com', password: 'only an example' });
    return body;
  }

  account(): Promise<Reply> {
    return this.call('GET', '/account');
  }

  post(path: string, body: unknown = {}): Promise<Reply> {
    return this.call('POST', path, body);
  }

  /** What the person sees who types this code at the log-in and is refused. */
  async say(code = ''): Promise<string> {
    const { status, body } = await this.post('/login/code', { code });
    expect(status).toBe(401);
    return body.message;
  }

  async call(method: string, path: string, body?: unknown): Promise<Reply> {
    const res = await fetch(`${this.#url}${path}`, {
      method,
      headers: { cookie: this.#cookie, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const [cookie] = res.headers.getSetCookie();
    if (cookie !== undefined) this.#cookie = cookie.split(';')[0] ?? '';
    return { status: res.status, body: await res.json() };
  }
}

/** Writes the page's blocks as one file, with a real address and key, and runs it. */
async function start(guide: Guide, kandaUrl: string, apiKey: string): Promise<string> {
  const markdown = readFileSync(new URL(`../../docs/guides/${guide.page}.md`, import.meta.url), 'utf8');
  const blocks = fencedBlocks(markdown).filter(({ language }) => language === guide.language);
  const source = blocks.map(({ text }) => text).join('\n');
  expect(source).toContain(SHOWN_URL);
  expect(source).toContain(SHOWN_API_KEY);

  const folder = temporaryFolder();
  const file = join(folder, guide.file);
  writeFileSync(file, source.replaceAll(SHOWN_URL, kandaUrl).replaceAll(SHOWN_API_KEY, apiKey));
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
    if (await answers(url)) return url;
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
