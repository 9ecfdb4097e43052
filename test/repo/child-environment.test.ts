/**
 * Every environment of a child process comes from `child-environment.mjs`: `npm install` given PATH and
 * HOME alone does not work behind a proxy, nor with a certificate authority of the machine's own.
 */
import { spawnSync } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { bareEnvironment, callerEnvironment } from '../../tools/child-environment.mjs';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** Where programs are started that are not the server's own. */
const FOLDERS = ['tools', 'test', 'bench', 'apps/*/test', 'apps/web/e2e', 'packages/*/test'];
/** They make the environments, or read PATH to look for a program. */
const MAY_READ = new Set([
  'tools/child-environment.mjs',
  'test/repo/child-environment.test.ts',
  'tools/system-tools.mjs',
  'tools/setup-npm.mjs',
]);
/** A function of `node:child_process`, also through `promisify`, or a document's shell. */
const START = /\b(?:spawn|spawnSync|execFile|execFileSync|fork|ShellSession)\)?\(/g;
const USES_NETWORK = /^[^,]*['"](?:npm|npx|pip|pip3|go)['"]|^[^,]*\bShellSession\b/;
const GIVES_NETWORK = /^(?!.*bareEnvironment).*(?:callerEnvironment|\benv\b|environment\()/s;

afterEach(() => vi.unstubAllEnvs());

describe('a program that may use the network', () => {
  test.each([
    ['HTTPS_PROXY', 'http://proxy.example:3128'],
    ['NODE_EXTRA_CA_CERTS', '/etc/ssl/own.pem'],
    ['SSL_CERT_FILE', '/etc/ssl/own.pem'],
    ['npm_config_registry', 'https://npm.example'],
    ['PIP_INDEX_URL', 'https://pypi.example/simple'],
    ['GOPROXY', 'https://go.example'],
    ['HOME', '/home/alice'],
  ])('sees %s', (name, value) => {
    vi.stubEnv(name, value);
    const { stdout } = spawnSync('/bin/sh', ['-c', `printf %s "$${name}"`], {
      encoding: 'utf8',
      env: callerEnvironment(),
    });
    expect(stdout).toBe(value);
  });

  test.each([
    'KANDA_PORT',
    'OTEL_EXPORTER_OTLP_ENDPOINT',
    'npm_lifecycle_event',
    'NODE_ENV',
    'VITEST',
    'LC_ALL',
  ])('does not see %s', (name) => {
    vi.stubEnv(name, '1');
    expect(callerEnvironment()).not.toHaveProperty(name);
    expect(callerEnvironment({ [name]: '2' })).toHaveProperty(name, '2');
  });

  test('reaches this machine past a proxy, and whatever else the caller reaches so', () => {
    vi.stubEnv('NO_PROXY', 'intern.example,localhost');
    expect(callerEnvironment()).toMatchObject({
      NO_PROXY: 'intern.example,localhost,127.0.0.1,::1',
      no_proxy: 'intern.example,localhost,127.0.0.1,::1',
    });
  });
});

test('Kanda itself sees PATH and what the test sets, no more', () => {
  vi.stubEnv('PGHOST', 'elsewhere');
  expect(Object.keys(bareEnvironment({ KANDA_PORT: '0' }))).toEqual(['PATH', 'KANDA_PORT']);
});

test('no environment of a child is put together by hand', () => {
  const found = FOLDERS.flatMap((folder) =>
    globSync(`${folder}/**/*.{ts,tsx,mjs}`, { cwd: ROOT, exclude: (path) => path.includes('node_modules') }),
  )
    .map((path) => path.replaceAll('\\', '/'))
    .filter((path) => !MAY_READ.has(path))
    .flatMap((path) =>
      violations(readFileSync(`${ROOT}${path}`, 'utf8')).map((violation) => `${path}: ${violation}`),
    );
  expect(found).toEqual([]);
});

test.each([
  ["const env = { PATH: process.env.PATH, HOME: '/' };", 1],
  ['const { PATH } = process.env;', 1],
  ['run({ env: { ...process.env, A: "1" } });', 1],
  ["spawn('helm', [], { cwd, env: { A: '1' } });", 1],
  ["promisify(execFile)('helm', [], { env: {} });", 1],
  ["spawnSync('npm', ['ci'], { cwd });", 1],
  ["spawnSync('npm', ['ci'], { cwd, env: bareEnvironment() });", 1],
  ['new ShellSession(folder, bareEnvironment({ A: f(1) }), ROOT);', 1],
  ["spawnSync('npm', ['ci'], { cwd, env: callerEnvironment() });", 0],
  ['new ShellSession(folder, environment(server), ROOT);', 0],
  ["KandaProcess.start({ env: { KANDA_DRAIN: '8s' } });", 0],
  ['const seed = process.env.FUZZ_SEED;', 0],
])('%s', (source, count) => expect(violations(source)).toHaveLength(count));

/** What the source does that leaves a child without what its caller has set, or with what it must not have. */
function violations(source: string): string[] {
  const byHand = source.match(
    /process\.env\.(?:PATH|HOME)\b|\.\.\.process\.env\b|\{[^{}]*\} = process\.env\b/g,
  );
  const calls = [...source.matchAll(START)].map(({ index, 0: start }) =>
    callAt(source, index, index + start.length),
  );
  return [
    ...(byHand ?? []),
    ...calls.filter((call) => /\benv: \{/.test(call)),
    ...calls.filter((call) => USES_NETWORK.test(call) && !GIVES_NETWORK.test(call)),
  ];
}

/** The text of a call up to the parenthesis that closes it. */
function callAt(source: string, from: number, afterParenthesis: number): string {
  let depth = 1;
  let end = afterParenthesis;
  for (; end < source.length && depth > 0; end++) {
    if (source[end] === '(') depth++;
    if (source[end] === ')') depth--;
  }
  return source.slice(from, end);
}
