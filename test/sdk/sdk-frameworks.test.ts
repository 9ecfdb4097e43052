/**
 * The framework parts in real applications, one of each, walked through alike: what a page is answered, what opens a
 * route, and what does not.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { callerEnvironment } from '../../tools/child-environment.mjs';
import { fencedBlocks } from '../../tools/markdown.ts';
import { codeOf, openAccount, wrongCodes } from '../support/caller.ts';
import { endAll, KandaProcess } from '../support/kanda-process.ts';
import { Browser } from './framework-browser.ts';
import { addPackages, projectWithSdk, ROOT, run, surroundings } from './sdk-package.ts';

const packages = surroundings();
const applications = new Set<ChildProcess>();
let project: string;

beforeAll(() => {
  if (packages === null) return;
  project = projectWithSdk();
  addPackages(project, packages, ['express', 'fastify', 'hono', '@hono']);
  cpSync(fileURLToPath(new URL('frameworks', import.meta.url)), project, { recursive: true });
  // Express is the README's example.
  const readme = readFileSync(join(ROOT, 'packages/sdk/README.md'), 'utf8');
  const [block] = fencedBlocks(readme).filter(({ language }) => language === 'js');
  const express = join(project, 'express.mjs');
  writeFileSync(express, readFileSync(express, 'utf8').replace('/* README */', block?.text ?? ''));
});
afterAll(async () => {
  for (const application of applications) {
    const ended = once(application, 'exit');
    if (application.exitCode === null && application.kill('SIGKILL')) await ended;
  }
  await endAll();
});

/** A running application, and what it has printed. */
class Application {
  readonly printed: string[] = [];
  url = '';

  static async start(file: string, args: readonly string[]): Promise<Application> {
    const application = new Application();
    const child = spawn(process.execPath, [join(project, file), ...args], {
      env: callerEnvironment(),
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    applications.add(child);
    const lines = createInterface({ input: child.stdout });
    lines.on('line', (line) => application.printed.push(line));
    while (application.url === '') {
      const [line] = (await once(lines, 'line')) as [string];
      const [, port] = /^port (\d+)$/.exec(line) ?? [];
      if (port !== undefined) application.url = `http://127.0.0.1:${port}`;
    }
    return application;
  }

  browser(): Browser {
    return new Browser(this.url);
  }
}

const phoneOf = (secret: string) => ({ secret, period: 30 });
const spaced = (code: string) => `${code.slice(0, 3)} ${code.slice(3)}`;

describe.skipIf(packages === null).each(['express', 'fastify', 'hono', 'next'])('with %s', (name) => {
  test('a second factor is enrolled, asked for, kept fresh and never taken twice', async () => {
    const kanda = await KandaProcess.start();
    const { apiKey } = await openAccount(kanda.url);
    const application = await Application.start(`${name}.mjs`, [kanda.url, apiKey]);

    const stranger = application.browser();
    expect(await stranger.ask('GET', '/account')).toMatchObject({
      status: 401,
      body: { error: 'not_signed_in' },
    });
    expect((await stranger.ask('GET', '/two-factor/page')).status).toBe(401);

    const first = await application.browser().logIn('alice');
    expect(await first.ask('GET', '/account')).toMatchObject({
      status: 403,
      body: { error: 'second_factor_required' },
    });
    const redirected = await first.ask('GET', '/home');
    expect(redirected).toMatchObject({ status: 303 });
    expect(redirected.headers.get('location')).toBe('/code');
    expect((await first.send('/challenge', { token: '123456' })).body).toEqual({ error: 'not_enrolled' });

    // Enrolment: nothing is open before the first code was right.
    const enrolled = await first.send('/enrol', {});
    expect(enrolled.headers.get('cache-control')).toBe('no-store');
    const phone = phoneOf(enrolled.body.secret);
    expect(enrolled.body.qrDataUrl).toMatch(/^data:image/);
    expect(await first.send('/confirm', { token: 'abc' })).toMatchObject({ status: 400 });
    expect(await first.send('/confirm', { token: wrongCodes(phone, 1)[0] })).toMatchObject({
      status: 401,
      body: { error: 'wrong_code', attemptsLeft: 4 },
    });
    expect(await first.status('/account')).toBe(403);
    const confirmed = await first.send('/confirm', { token: spaced(codeOf(phone)) });
    expect(confirmed).toMatchObject({ status: 200, body: { confirmed: true } });
    expect(application.printed.includes('alice on')).toBe(true);
    expect(await first.status('/account')).toBe(200);
    const paper = await first.send('/recovery-codes', {});
    expect(paper.body.codes).toHaveLength(10);
    const reloaded = await first.send('/recovery-codes', {}, paper.page);
    expect(reloaded.body, 'the same page again shows the same codes').toEqual(paper.body);

    // Another browser: the password alone opens nothing, and replaces nothing.
    const second = await application.browser().logIn('alice');
    expect(await second.status('/account')).toBe(403);
    expect((await second.send('/enrol', {})).body).toEqual({ error: 'proof_needed' });
    expect((await second.send('/recovery-codes', {})).body).toEqual({ error: 'second_factor_required' });
    const token = codeOf(phone, 1);
    expect((await second.send('/challenge', { token }, confirmed.page)).body).toEqual({
      error: 'page_expired',
    });
    expect((await second.send('/challenge', { token }, 'made up')).body).toEqual({ error: 'page_expired' });
    const { page } = await second.send('/challenge', { token: '12' });
    const [once1, once2] = await Promise.all([1, 2].map(() => second.send('/challenge', { token }, page)));
    expect(once1, 'a double click').toMatchObject({ status: 200, body: { done: true, method: 'totp' } });
    expect(once2).toMatchObject({ status: 200, body: { done: true } });
    expect(await second.status('/account')).toBe(200);
    const third = await application.browser().logIn('alice');
    expect(await third.send('/challenge', { token }), 'a used code').toMatchObject({
      status: 401,
      body: { error: 'wrong_code' },
    });

    // Step-up: what was shown gets old, and the same form again does not make it younger.
    expect(await second.status('/transfer')).toBe(200);
    await second.ask('POST', '/clock', { seconds: 301 });
    expect(await second.status('/transfer')).toBe(403);
    expect(await second.send('/challenge', { token }, page)).toMatchObject({ status: 200 });
    expect(await second.status('/transfer')).toBe(403);
    const [used, another] = paper.body.codes;
    expect(await second.send('/challenge', { recoveryCode: used })).toMatchObject({
      body: { done: true, method: 'recovery_code', remainingRecoveryCodes: 9 },
    });
    expect(await second.status('/transfer'), 'which takes codes of the phone alone').toBe(403);
    expect(await second.status('/account')).toBe(200);

    // A new phone, with proof; and another user in the same browser has shown nothing.
    expect(await second.send('/enrol', { proof: { recoveryCode: used } })).toMatchObject({ status: 401 });
    const renewed = await second.send('/enrol', { proof: { recoveryCode: another } });
    const newPhone = phoneOf(renewed.body.secret);
    expect(await second.send('/confirm', { token: codeOf(newPhone) })).toMatchObject({ status: 200 });
    expect(await second.status('/transfer')).toBe(200);
    await second.logIn('bob');
    expect(await second.status('/account')).toBe(403);

    for (const wrong of wrongCodes(newPhone, 4)) await third.send('/challenge', { token: wrong });
    await third.send('/challenge', { token: wrongCodes(newPhone, 1, 500_000)[0] });
    const locked = await third.send('/challenge', { token: codeOf(newPhone, 1) });
    expect(locked).toMatchObject({ status: 429, body: { error: 'locked', retryAfter: expect.any(Number) } });
    expect(Number(locked.headers.get('retry-after'))).toBeGreaterThan(0);

    await kanda.stop();
    expect(await third.send('/challenge', { token: codeOf(newPhone, 1) })).toMatchObject({ status: 503 });
    expect(application.printed.at(-1)).toMatch(/^error (?:ConnectionFailed|OutcomeUnknown)$/);
  });

  // Seen to fail without `fresh` in `enrol`: the second browser was shown the first one's secret. Without the look at the
  // authenticatorId the first browser was then shown the second one's, and with `fresh` always a reload ended its own.
  test('a session sees only a secret that it has made, and sees it again', async () => {
    const kanda = await KandaProcess.start();
    const { apiKey } = await openAccount(kanda.url);
    const application = await Application.start(`${name}.mjs`, [kanda.url, apiKey]);

    // Someone who knows the password, and then the user.
    const thief = await application.browser().logIn('alice');
    const stolen = await thief.send('/enrol', {});
    // Seen to fail with Hono and Next.js when the JSON of any body was read.
    for (const type of ['text/plain', undefined]) {
      const { status, text } = await thief.sendForeign('/enrol', { page: stolen.page }, type);
      expect(status).toBeOneOf([409, 415]);
      expect(text).not.toContain('otpauth');
    }
    expect((await thief.send('/enrol', {})).body.secret, 'a reload').toBe(stolen.body.secret);
    const user = await application.browser().logIn('alice');
    const own = await user.send('/enrol', {});
    expect(own.body.secret).not.toBe(stolen.body.secret);
    expect((await user.send('/enrol', {})).body, 'a reload').toMatchObject({
      secret: own.body.secret,
      authenticatorId: own.body.authenticatorId,
    });
    expect((await user.send('/enrol', {}, own.page)).body.secret, 'a second click').toBe(own.body.secret);

    // Once more: the thief is not shown the user's, and the user starts again.
    const again = await thief.send('/enrol', {});
    expect([stolen.body.secret, own.body.secret]).not.toContain(again.body.secret);
    expect((await thief.send('/enrol', {})).body.secret).toBe(again.body.secret);
    const late = await user.send('/confirm', {
      token: codeOf(phoneOf(own.body.secret)),
      authenticatorId: own.body.authenticatorId,
    });
    expect(late).toMatchObject({ status: 409, body: { error: 'start_again' } });
    const last = await user.send('/enrol', {});
    expect([own.body.secret, again.body.secret]).not.toContain(last.body.secret);
    const token = codeOf(phoneOf(last.body.secret));
    expect(await user.send('/confirm', { token })).toMatchObject({ status: 200 });

    // A log-in that follows in the same session has shown nothing: seen to fail without the look at `loginId`.
    expect(await user.status('/account')).toBe(200);
    await user.logIn('alice');
    expect(await user.status('/account')).toBe(403);

    // With a proof: the form that is sent twice is answered once.
    const [code, page] = [codeOf(phoneOf(last.body.secret), 1), own.page];
    expect((await user.send('/enrol', { proof: { token: code } }, page)).body).toEqual({
      error: 'page_expired',
    });
    const renewed = await user.send('/enrol', { proof: { token: code } });
    const twice = await user.send('/enrol', { proof: { token: code } }, renewed.page);
    expect(renewed.body.secret).toMatch(/^[A-Z2-7]{32}$/);
    expect(twice.body).toEqual(renewed.body);
    await kanda.stop();
  });
});

describe.skipIf(packages === null)('types', () => {
  test('fit those of the frameworks', () => {
    if (packages !== null) addPackages(project, packages, ['@types', '@fastify']);
    symlinkSync(join(ROOT, 'node_modules/undici-types'), join(project, 'node_modules/undici-types'), 'dir');
    writeFileSync(join(project, 'frameworks.ts'), TYPED);
    const compilerOptions = {
      strict: true,
      skipLibCheck: true,
      noEmit: true,
      target: 'es2022',
      lib: ['es2022', 'DOM'],
      module: 'nodenext',
      types: ['node'],
    };
    writeFileSync(
      join(project, 'tsconfig.json'),
      JSON.stringify({ compilerOptions, files: ['frameworks.ts'] }),
    );
    const tsc = join(ROOT, 'node_modules/typescript/bin/tsc');
    expect(run(process.execPath, [tsc, '--project', project], project)).toBe('');
  });
});

const TYPED = `
import { Kanda } from '@kanda/sdk';
import { secondFactor as forExpress, type SecondFactorState } from '@kanda/sdk/express';
import { secondFactor as forFastify } from '@kanda/sdk/fastify';
import { secondFactor as forHono } from '@kanda/sdk/hono';
import { secondFactor as forNext } from '@kanda/sdk/next';
import express from 'express';
import Fastify, { type FastifyRequest } from 'fastify';
import { type Context, Hono } from 'hono';

const kanda = new Kanda({ url: 'https://kanda.example.com', apiKey: 'kan_' });
let state: SecondFactorState | undefined;
const session = () => ({ get: () => state, set: (next: SecondFactorState) => { state = next; } });
const common = { kanda, issuer: 'MyApp', session };

const e = forExpress({ ...common, user: (request: express.Request) => ({ clientId: request.ip ?? '', label: 'a', signedInAt: 0 }) });
express().post('/challenge', e.challenge).use(e.requireSecondFactor({ maxAgeSeconds: 300 }));
const f = forFastify({ ...common, user: (request: FastifyRequest) => ({ clientId: request.ip, label: 'a', signedInAt: 0 }) });
const fastify = Fastify();
fastify.post('/challenge', f.challenge);
fastify.get('/', { preHandler: f.requireSecondFactor() }, async () => 'in');
const h = forHono({ ...common, user: (context: Context) => ({ clientId: context.req.path, label: 'a', signedInAt: 0 }) });
new Hono().post('/challenge', h.challenge).get('/', h.requireSecondFactor({ redirectTo: '/code' }), (c) => c.text('in'));
const n = forNext({ ...common, user: (request) => ({ clientId: request.url, label: 'a', signedInAt: 0 }) });
export const GET = n.page;
export const forgotten: Promise<void> = n.forget(new Request('https://example.com'));
export const POST = n.requireSecondFactor({ methods: ['totp'] })(
  async (request: Request, context: { params: Promise<{ id: string }> }) => new Response((await context.params).id + request.url),
);
// @ts-expect-error: when the password was right is not said
forNext({ ...common, user: (request) => ({ clientId: request.url, label: 'a' }) });
// @ts-expect-error: no such method
n.requireSecondFactor({ methods: ['sms'] });
`;
