/**
 * openapi.json in the hands of others: linters find nothing in it, and what generators make of it compiles. A rule that is
 * off has its reason in redocly.yaml or spectral.yaml.
 */
import { execFile } from 'node:child_process';
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { callerEnvironment } from '../../tools/child-environment.mjs';
import { goFolders } from '../../tools/setup-tools.mjs';
import { isExecutable, programsNamed } from '../../tools/system-tools.mjs';
import { temporaryFolder } from '../support/kanda-process.ts';
import { findTool } from '../support/test-tools.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const HERE = join(ROOT, 'test/openapi');
const OPENAPI = join(ROOT, 'openapi.json');

/** What a program prints. @throws with all of it when it fails */
async function run(
  [program = '', ...args]: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string>> = {},
): Promise<string> {
  const options = { cwd, env: callerEnvironment(env), maxBuffer: 2 ** 26 };
  const { stdout, stderr } = await promisify(execFile)(program, args, options).catch((error) => {
    throw new Error(`${program} ${args.join(' ')}: ${error.code}\n${error.stdout}${error.stderr}`);
  });
  return stdout + stderr;
}

const redocly = findTool('openapi linters');
const linter = (path: string) => join(dirname(redocly ?? ''), '../..', path);

test.skipIf(redocly === null)('Redocly finds nothing', async () => {
  const words = [linter('@redocly/cli/bin/cli.js'), 'lint', OPENAPI, '--config', join(HERE, 'redocly.yaml')];
  const quiet = { REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true', NO_COLOR: '1' };
  const printed = await run([process.execPath, ...words], temporaryFolder(), quiet);
  expect(printed).not.toMatch(/warning|ignored/i);
  expect(printed).toContain('Your API description is valid');
});

test.skipIf(redocly === null)('Spectral finds nothing', async () => {
  const words = [linter('@stoplight/spectral-cli/dist/index.js'), 'lint', OPENAPI];
  const flags = ['--ruleset', join(HERE, 'spectral.yaml'), '--fail-severity', 'hint'];
  const printed = await run([process.execPath, ...words, ...flags], temporaryFolder());
  expect(printed).toContain('No results with a severity');
});

/** What a reader writes with the types: a log-in is one of two, and which one its `session` says. */
const TYPESCRIPT = `import type { components, operations } from './api.ts';

type LogIn = operations['logIn']['responses'][200]['content']['application/json'];
export const tokenOf = (answer: LogIn): string => (answer.session === 'token' ? answer.token : answer.expiresAt);
export const seconds = (answer: LogIn): number => answer.expiresInSeconds;
type Refusal = NonNullable<components['schemas']['Verdict']['reason']>;
// A later version may have more.
export const later: Refusal = 'of_a_newer_server';
// @ts-expect-error
export const mode: components['schemas']['Account']['mode'] = 'of_a_newer_server';
`;

test('openapi-typescript: what it makes compiles, strictly', async () => {
  const folder = temporaryFolder();
  const generator = join(ROOT, 'apps/web/node_modules/openapi-typescript/bin/cli.js');
  await run([process.execPath, generator, OPENAPI, '-o', join(folder, 'api.ts')], folder);
  writeFileSync(join(folder, 'reader.ts'), TYPESCRIPT);
  const tsc = [process.execPath, join(ROOT, 'node_modules/typescript/bin/tsc')];
  const flags = [
    '--strict',
    '--noEmit',
    '--module',
    'nodenext',
    '--allowImportingTsExtensions',
    '--types',
    '',
  ];
  await run([...tsc, ...flags, 'reader.ts'], folder);
});

const client = findTool('openapi-python-client');

test.skipIf(client === null)('openapi-python-client: what it makes compiles and is imported', async () => {
  const folder = temporaryFolder();
  const bin = dirname(client ?? '');
  const output = join(folder, 'client');
  const flags = ['--path', OPENAPI, '--output-path', output, '--meta', 'none', '--fail-on-warning'];
  const printed = await run([client ?? '', 'generate', ...flags], folder, {
    PATH: `${bin}:${callerEnvironment().PATH}`,
  });
  expect(printed).not.toMatch(/warning|unsupported|skipping/i);
  // Not by mypy, before which the files that the generator brings itself do not hold.
  await run([join(bin, 'python'), '-m', 'compileall', '-q', output], folder);
  const walk =
    'import pkgutil, client; print(len([__import__(one.name) for one in pkgutil.walk_packages(client.__path__, "client.")]))';
  expect(Number(await run([join(bin, 'python'), '-c', walk], folder))).toBeGreaterThan(150);
});

const ogen = findTool('openapi generators for go');
const generators = dirname(ogen ?? '');
const go = [...programsNamed('go'), '/usr/local/go/bin/go'].find(isExecutable) ?? 'go';
/** What was built before is there; a network is not. */
const GO = { ...goFolders(generators), GOPROXY: 'off', GOWORK: 'off' };

/** The first time Go builds what it needs as well; that takes two cores a minute. */
const SLOW = { timeout: 600_000 };

/** An empty module that knows what generated code needs. */
function goModule(): string {
  const folder = temporaryFolder();
  for (const file of ['go.mod', 'go.sum']) copyFileSync(join(HERE, 'go', file), join(folder, file));
  mkdirSync(join(folder, 'api'));
  return folder;
}

test.skipIf(ogen === null)('oapi-codegen: what it makes compiles', SLOW, async () => {
  const folder = goModule();
  const flags = ['-generate', 'types,client', '-package', 'api', '-o', 'api/api.go'];
  await run([join(generators, 'oapi-codegen'), ...flags, OPENAPI], folder, GO);
  await run([go, 'build', './api'], folder, GO);
});

test.skipIf(ogen === null)('ogen: what it makes compiles', SLOW, async () => {
  const folder = goModule();
  const flags = ['--target', 'api', '--package', 'api', '--config', join(HERE, 'ogen.yaml')];
  await run([ogen ?? '', ...flags, OPENAPI], folder, GO);
  await run([go, 'build', './api'], folder, GO);
});
