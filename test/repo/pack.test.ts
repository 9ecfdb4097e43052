/** The npm package: made, installed into an empty folder as a stranger does, and asked whether a code is right. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  globSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { callerEnvironment } from '../../tools/child-environment.mjs';
import { externalPackages } from '../../tools/package-lock.mjs';
import { programsNamed } from '../../tools/system-tools.mjs';
import { Caller, codeOf, openAccount } from '../support/caller.ts';
import { STARTS_WITHIN_MS } from '../support/patience.ts';

const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const folder = mkdtempSync(join(tmpdir(), 'kanda-package-'));
/** This Node first: npm and `env node` take what comes first on PATH. */
const PATH = [dirname(process.execPath), callerEnvironment().PATH].join(delimiter);
const installed = join(folder, 'node_modules', 'kanda');
const packageJson = (path: string) => JSON.parse(readFileSync(path, 'utf8'));

let server: ChildProcess | null = null;
let tarball = '';

beforeAll(() => {
  tarball = run(process.execPath, ['tools/pack.mjs', '--out', folder], ROOT).trim();
  expect(tarball).toMatch(/kanda-\d+\.\d+\.\d+\.tgz$/);
  writeFileSync(join(folder, 'package.json'), '{ "private": true }');
  // Nothing is asked of a registry: with an empty cache and no network it installs what was tested.
  const alone = [
    '--offline',
    '--cache',
    join(folder, 'cache'),
    '--no-audit',
    '--no-fund',
    '--loglevel=error',
  ];
  run('npm', ['install', ...alone, tarball], folder);
}, 600_000);

afterAll(async () => {
  if (server !== null && server.exitCode === null) {
    const exited = once(server, 'exit');
    server.kill('SIGKILL');
    await exited;
  }
  rmSync(folder, { recursive: true, force: true });
});

function run(
  program: string,
  args: readonly string[],
  cwd: string,
  more: Record<string, string> = {},
): string {
  const { status, stdout, stderr } = spawnSync(program, args, {
    cwd,
    encoding: 'utf8',
    timeout: 300_000,
    env: callerEnvironment({ PATH, ...more }),
  });
  if (status !== 0) throw new Error(`${program} ${args.join(' ')} ended with ${status}:\n${stdout}${stderr}`);
  return stdout;
}

describe('the package', () => {
  test('is called kanda, has the version of the server, and asks for the Node that it needs', () => {
    const own = packageJson(join(ROOT, 'apps/server/package.json'));
    expect(packageJson(join(installed, 'package.json'))).toMatchObject({
      name: 'kanda',
      version: own.version,
      engines: own.engines,
      license: 'Apache-2.0',
    });
    expect(packageJson(join(installed, 'package.json'))).not.toHaveProperty('private');
  });

  test('holds no TypeScript and no test of its own, and everything that it depends on', () => {
    const files = run('find', ['.', '-type', 'f', '-not', '-path', './node_modules/*'], installed)
      .trim()
      .split('\n');
    expect(files.length).toBeGreaterThan(100);
    expect(files.filter((file) => /\.ts$|\/test\/|\.test\./.test(file))).toEqual([]);
    const { dependencies, bundleDependencies } = packageJson(join(installed, 'package.json'));
    expect(bundleDependencies).toEqual(Object.keys(dependencies).sort());
    for (const version of Object.values(dependencies)) expect(version).toMatch(/^\d+\.\d+\.\d+$/);
  });

  // Seen to fail with an npm-shrinkwrap.json in place of the packages: npm did not read it, and brought
  // @fastify/ajv-compiler 4.0.8, published since, for the 4.0.7 of package-lock.json.
  test('brings the versions of package-lock.json, those deep down too, and no other package', () => {
    const locked = externalPackages(ROOT, 'apps/server');
    const manifests = globSync('node_modules/**/package.json', { cwd: installed })
      .map((path) => dirname(path).replaceAll('\\', '/'))
      // Some packages have more such files, which name the kind of their modules.
      .filter((place) => /(?:^|\/)node_modules\/(?:@[^/]+\/)?[^/]+$/.test(place));
    expect(manifests.toSorted()).toEqual(Object.keys(locked).sort());
    expect(manifests.length).toBeGreaterThan(30);
    for (const [place, { version }] of Object.entries(locked)) {
      expect(packageJson(join(installed, place, 'package.json')).version, place).toBe(version);
    }
    expect(readdirSync(join(folder, 'node_modules')).filter((name) => !name.startsWith('.'))).toEqual([
      'kanda',
    ]);
  });

  // Seen to fail without the modes that tools/pack.mjs sets.
  test('is the same to the byte when someone else builds it', { timeout: 300_000 }, () => {
    const elsewhere = join(folder, 'elsewhere');
    const command = `umask 077; exec '${process.execPath}' '${join(ROOT, 'tools/pack.mjs')}' --out '${elsewhere}'`;
    const again = run('/bin/sh', ['-c', command], folder, {
      TZ: 'Asia/Tokyo',
      TMPDIR: mkdtempSync(join(folder, 't-')),
    });
    expect(readFileSync(again.trim()).equals(readFileSync(tarball))).toBe(true);
  });

  test('has the built site when there is one', () => {
    const [here, there] = [join(ROOT, 'apps/web/dist'), join(installed, 'apps/web/dist')];
    expect(existsSync(there)).toBe(existsSync(here));
    if (!existsSync(here)) console.warn('NOT CHECKED: the site in the package, as it is not built here');
  });
});

test('`npx kanda --help` and `npx kanda --version` answer', () => {
  expect(run('npx', ['--no-install', 'kanda', '--help'], folder)).toMatch(/^Usage: kanda /);
  const { version } = packageJson(join(installed, 'package.json'));
  expect(run('npx', ['--no-install', 'kanda', '--version'], folder)).toBe(`${version}\n`);
});

test('what is installed serves: a user is enrolled and the code accepted once', async () => {
  const command = join(folder, 'node_modules', '.bin', 'kanda');
  expect(statSync(command).mode & 0o111).not.toBe(0);
  server = spawn(command, ['serve', '--port', '0'], {
    cwd: folder,
    env: callerEnvironment({ PATH }),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const url = await listening(server);
  const { apiKey } = await openAccount(url);
  const caller = new Caller(url).withBearer(apiKey);
  const client = await caller.enrol('alice', { qr: 'png' });
  expect(client.qrDataUrl).toMatch(/^data:image\/png;base64,/);
  const code = codeOf(client);
  expect((await caller.validate('alice', code)).json).toEqual({ valid: true });
  expect((await caller.validate('alice', code)).json).toMatchObject({ valid: false });
  const page = await caller.get('/docs/errors/totp_invalid');
  expect(page.status).toBe(200);
  if (existsSync(join(installed, 'apps/web/dist/index.html'))) {
    const front = await caller.get('/');
    expect(front).toMatchObject({
      status: 200,
      headers: { 'content-type': expect.stringContaining('text/html') },
    });
  }

  const exited = once(server, 'exit');
  server.kill('SIGTERM');
  expect(await exited).toEqual([0, null]);
});

const oldNode = programsNamed('node').find((node) => {
  const [, major] = /^v(\d+)\./.exec(spawnSync(node, ['--version'], { encoding: 'utf8' }).stdout) ?? [];
  return major !== undefined && Number(major) < 24;
});
if (oldNode === undefined)
  console.warn('SKIPPED: no Node older than 24 is on PATH, so no one can be turned away');

test.skipIf(oldNode === undefined)('an older Node learns which one is needed', () => {
  const bin = join(installed, 'apps/server/bin/kanda.mjs');
  const { status, stderr, stdout } = spawnSync(oldNode ?? '', [bin, 'serve'], { encoding: 'utf8' });
  expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
  expect(stderr).toMatch(
    /^Kanda runs on Node 24 or newer, and this is Node \d+\.\d+\.\d+\.\nInstall Node 24 or newer/,
  );
});

function listening(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let printed = '';
    const timer = setTimeout(() => reject(new Error(`it does not listen:\n${printed}`)), STARTS_WITHIN_MS);
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        printed += text;
        const url = /listens on (http:\/\/[^"\s]+:\d+)/.exec(printed)?.[1];
        if (url === undefined) return;
        clearTimeout(timer);
        resolve(url);
      });
    }
    child.once('exit', () => reject(new Error(`it ended:\n${printed}`)));
  });
}
