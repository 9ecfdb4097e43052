/** The packed SDK: installed into an empty project, its types checked there, run by each run-time, and bundled. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runInNewContext } from 'node:vm';
import { rolldown } from 'rolldown';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openAccount } from '../support/caller.ts';
import { CuttingProxy } from '../support/cutting-proxy.ts';
import { endAll, KandaProcess } from '../support/kanda-process.ts';
import { projectWithSdk, ROOT, run, runBeside, runtimes } from './sdk-package.ts';

const COMPILERS = [
  ['the newest TypeScript', join(ROOT, 'node_modules/typescript/bin/tsc')],
  ['TypeScript 5', join(ROOT, 'apps/web/node_modules/typescript/bin/tsc')],
] as const;

let project: string;
let server: KandaProcess;
let apiKey: string;

beforeAll(async () => {
  project = projectWithSdk();
  server = await KandaProcess.start();
  apiKey = (await openAccount(server.url)).apiKey;
});
afterAll(endAll);

const BASE32 = `
function base32(text) {
  const bits = [...text].map((letter) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(letter).toString(2).padStart(5, '0')).join('');
  return Uint8Array.from(bits.match(/.{8}/g), (byte) => Number.parseInt(byte, 2));
}
`;

/** Enrols, checks a code twice, and reads it back; prints what an application would see. */
function program(clientId: string): string {
  return `
import { ClientNotFound, isValid, Kanda } from '@kanda/sdk';
const kanda = new Kanda({ url: '${server.url}', apiKey: '${apiKey}' });
const enrolled = await kanda.register({ clientId: '${clientId}', label: 'a', issuer: 'b', type: 'hotp' });
const key = await crypto.subtle.importKey('raw', base32(enrolled.secret.reveal()), { name: 'HMAC', hash: 'SHA-1' }, false, ['sign']);
const mac = new DataView(await crypto.subtle.sign('HMAC', key, new Uint8Array(8)));
const token = String((mac.getUint32(mac.getUint8(19) & 15) & 0x7fffffff) % 1_000_000).padStart(6, '0');
const shown = { clientId: '${clientId}', token };
const first = isValid(await kanda.validate(shown));
const again = isValid(await kanda.validate(shown));
const listed = [];
for await (const event of kanda.logs.list({ clientId: '${clientId}', limit: 2 })) listed.push(event.event);
const error = await kanda.clients.get('nobody').catch((thrown) => thrown);
console.log(JSON.stringify({ first, again, listed, secret: String(enrolled.secret), json: JSON.stringify(enrolled.secret), error: error instanceof ClientNotFound && error.name }));
console.log(kanda, enrolled.secret);
${BASE32}`;
}

/** Twenty codes of a hardware token, one after the other; prints how many were accepted. */
function manyCodes(clientId: string, url: string): string {
  return `${program(clientId).split('const mac =')[0]}
const through = new Kanda({ url: '${url}', apiKey: '${apiKey}', retries: 10 });
let accepted = 0;
for (let counter = 0; counter < 20; counter++) {
  const moving = new DataView(new ArrayBuffer(8));
  moving.setUint32(4, counter);
  const mac = new DataView(await crypto.subtle.sign('HMAC', key, moving));
  const token = String((mac.getUint32(mac.getUint8(19) & 15) & 0x7fffffff) % 1_000_000).padStart(6, '0');
  if (isValid(await through.validate({ clientId: '${clientId}', token }))) accepted++;
}
console.log(accepted, ClientNotFound.name);
${BASE32}`;
}

const SEEN = {
  first: true,
  again: false,
  listed: ['totp.validated', 'totp.validated', 'client.registered'],
  secret: '[redacted]',
  json: '"[redacted]"',
  error: 'ClientNotFound',
};

test('the package has its code, its types, its README and its licence, and needs no other', () => {
  const installed = join(project, 'node_modules/@kanda/sdk');
  const manifest = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8'));
  expect(manifest.dependencies).toBeUndefined();
  expect(manifest.peerDependencies).toBeUndefined();
  for (const file of ['README.md', 'LICENSE', 'dist/index.js', 'dist/index.d.ts', 'dist/schema.d.ts']) {
    expect(existsSync(join(installed, file)), file).toBe(true);
  }
  expect(existsSync(join(installed, 'src'))).toBe(false);
});

test('the elements are in it, and importing them on a server does nothing', () => {
  const file = join(project, 'elements.mjs');
  const program =
    "import { KandaChallenge, KandaEnrol } from '@kanda/sdk/elements';\nconsole.log(typeof KandaEnrol, typeof KandaChallenge);";
  writeFileSync(file, program);
  expect(run(process.execPath, [file], project).trim()).toBe('function function');
  // Bundlers drop an import for its effects unless the package names the file.
  const manifest = JSON.parse(readFileSync(join(project, 'node_modules/@kanda/sdk/package.json'), 'utf8'));
  expect(manifest.sideEffects).toEqual([manifest.exports['./elements'].default]);
});

describe.each(runtimes())('$name', ({ name, command: [executable, ...args] }) => {
  test('runs it: a code is accepted once, and nothing secret prints', () => {
    const id = name.replaceAll(/\W/g, '-');
    const file = join(project, `${id}.mjs`);
    writeFileSync(file, program(id));
    const [seen = '', ...printed] = run(executable, [...args, file], project)
      .trim()
      .split('\n');
    expect(JSON.parse(seen)).toEqual(SEEN);
    expect(printed.join()).toContain('[redacted]');
    expect(printed.join()).not.toMatch(/kan_|[A-Z2-7]{16}/);
  });

  test('loses no code where every third connection is cut', async () => {
    const proxy = await CuttingProxy.start(server.url, { random: 0.33, seed: 7 });
    const id = `cut-${name.replaceAll(/\W/g, '-')}`;
    const file = join(project, `${id}.mjs`);
    writeFileSync(file, manyCodes(id, proxy.url));
    expect((await runBeside(executable, [...args, file], project)).trim()).toBe('20 ClientNotFound');
    expect(proxy.counts.cut).toBeGreaterThan(3);
    await proxy.stop();
  });
});

describe.each(COMPILERS)('the types, by %s', (_, tsc) => {
  const APPLICATION = `
import { isValid, Kanda, KandaError, OutcomeUnknown, Problem, RateLimited, Secret, type Client, type Verdict } from '@kanda/sdk';
export async function login(kanda: Kanda, clientId: string, token: string): Promise<string> {
  try {
    const verdict: Verdict = await kanda.validate({ clientId, token, details: true }, { idempotencyKey: 'form' });
    if (isValid(verdict)) {
      const device: Secret | undefined = verdict.deviceToken;
      return device?.reveal() ?? verdict.authenticatorId ?? '';
    }
    const seconds: number | undefined = verdict.retryAfter;
    const reason: 'invalid_code' | 'code_already_used' | 'locked' | 'disabled' | 'pending' | 'device_unknown' = verdict.reason;
    return reason + (seconds ?? '');
  } catch (error) {
    if (error instanceof RateLimited) { const code: 'rate_limited' = error.code; return code; }
    if (error instanceof OutcomeUnknown) return error.idempotencyKey;
    if (error instanceof Problem) return error.requestId;
    if (error instanceof KandaError) return error.message;
    throw error;
  }
}
export async function enrol(kanda: Kanda): Promise<string | undefined> {
  const { secret, qrDataUrl } = await kanda.register({ clientId: 'a', label: 'b', issuer: 'c', confirm: true });
  // @ts-expect-error: a secret is no text
  const text: string = secret;
  // @ts-expect-error: the label is missing
  await kanda.register({ clientId: 'a', issuer: 'c' });
  // @ts-expect-error: no such status
  kanda.clients.list({ status: 'gone' });
  const confirmed = await kanda.confirm({ clientId: 'a', token: '123456' });
  const left: number | undefined = confirmed.confirmed ? undefined : confirmed.attemptsLeft;
  const clients: Client[] = [];
  for await (const client of kanda.clients.list({ limit: 10 })) clients.push(client);
  for await (const page of kanda.logs.list().pages()) console.log(page.nextCursor, page.data[0]?.event, left);
  await kanda.rotate('a', { proof: { recoveryCode: 'x' }, confirm: true });
  return qrDataUrl?.reveal() ?? text;
}
export const plain = new Kanda({ url: 'https://kanda.example.com', apiKey: 'kan_', fetch: async (url, init) => fetch(url, init) });
`;

  test.each([
    ['nodenext', 'nodenext'],
    ['esnext', 'bundler'],
  ])('hold with --strict, module %s, resolution %s', (module, moduleResolution) => {
    writeFileSync(join(project, 'application.ts'), APPLICATION);
    const compilerOptions = {
      strict: true,
      exactOptionalPropertyTypes: true,
      noUncheckedIndexedAccess: true,
      skipLibCheck: false,
      noEmit: true,
      target: 'es2022',
      lib: ['es2022', 'DOM', 'DOM.AsyncIterable'],
      types: [],
      module,
      moduleResolution,
    };
    const config = join(project, `tsconfig.${module}.json`);
    writeFileSync(config, JSON.stringify({ compilerOptions, files: ['application.ts'] }));
    expect(run(process.execPath, [tsc, '--project', config], project)).toBe('');
  });
});

test('a bundle for the edge has nothing of Node in it, and runs where there is only the web', async () => {
  const entry = join(project, 'edge.mjs');
  writeFileSync(entry, program('edge'));
  const bundle = await rolldown({ input: entry, platform: 'neutral', logLevel: 'silent' });
  const { output } = await bundle.generate({ format: 'esm', minify: true });
  const [{ code, imports, dynamicImports }] = output;
  expect([...imports, ...dynamicImports]).toEqual([]);
  expect(code).not.toMatch(/\brequire\(|["'`]node:|\bprocess\.|\bBuffer\b|\b__dirname\b/);

  const printed: unknown[] = [];
  const web = {
    fetch,
    URL,
    URLSearchParams,
    AbortController,
    AbortSignal,
    crypto,
    performance,
    setTimeout,
    clearTimeout,
  };
  const console = { log: (...things: unknown[]) => printed.push(...things) };
  await runInNewContext(`(async () => { ${code.replaceAll(/^export .*$/gm, '')} })()`, { ...web, console });
  expect(JSON.parse(String(printed[0]))).toEqual(SEEN);
});
