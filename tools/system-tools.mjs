/**
 * The programs outside npm that tests use, as one table: `setup.mjs --for-tests` installs what is missing,
 * `test-tools.ts` finds them for a test. To add one, add a row. Plain JavaScript, because `setup.mjs` reads
 * it under whatever Node the machine has (≥ 20).
 */
import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, statSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * @typedef {object} SystemTool
 * @property {string} name  how the tests ask for it
 * @property {string} purpose  what is not tested without it
 * @property {readonly string[]} packages  Debian packages that bring it, or what `pip` needs
 * @property {PythonProgram} [pip]  where it comes from PyPI, into a folder of its own
 * @property {boolean} [unpacked]  taken out of its packages into `.tools` and not installed: it would start a service
 * @property {GoProgram} [go]  where it is built from, when Go is there; its tests run where it could be had, in CI too
 * @property {NpmPackages} [npm]  where it is a package that only a document's reader needs
 * @property {() => string | null} find  the absolute path of the program, or null
 */

/**
 * @typedef {object} PythonProgram
 * @property {string} folder  the virtual environment; git ignores it
 * @property {string} requirements  every package at an exact version
 */

/**
 * @typedef {object} GoProgram
 * @property {string} folder  where the program goes; git ignores it
 * @property {string} module  its package at an exact version; or, where there are `programs`, the folder of a go.mod that
 *   has theirs, and all that what they generate needs
 * @property {readonly string[]} [programs]  packages of that module's tools
 */

/**
 * @typedef {object} NpmPackages
 * @property {string} folder  where they go; git ignores it
 * @property {string} manifests  the folder of their package.json and package-lock.json
 */

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
/** To change the version, change the requirements and this folder's name. */
const SCHEMATHESIS = join(ROOT, '.tools', 'schemathesis-4.32.5');
const OTLP = join(ROOT, '.tools', 'opentelemetry-proto-1.45.2');

/** Where packages are unpacked to. */
export const UNPACKED = join(ROOT, '.tools', 'debian');
/** To change the version, change both. */
const HELM = { folder: join(ROOT, '.tools', 'helm-3.19.4'), module: 'helm.sh/helm/v3/cmd/helm@v3.19.4' };

/** For each guide, what its reader installs. To change a version, change it there and in the folder's name. */
const GUIDES = join(ROOT, 'test', 'guides');
const EXPRESS = join(ROOT, '.tools', 'express-5.3.0');
const SDK = join(ROOT, '.tools', 'sdk-surroundings-1');
const NPM_VERSIONS = join(ROOT, '.tools', 'npm-10.9.9-11.19.1');
/** To change a version, change the requirements and this folder's name. */
const PYTHON_SDK = join(ROOT, '.tools', 'python-sdk-1');
const FASTIFY = join(ROOT, '.tools', 'fastify-5.12.8');
const NEXTJS = join(ROOT, '.tools', 'nextjs-16.4.6');

/** To change a version of these three, change it in test/openapi and raise the folder's number. */
const OPENAPI = join(ROOT, 'test', 'openapi');
const LINTERS = join(ROOT, '.tools', 'openapi-linters-1');
const PYTHON_GENERATOR = join(ROOT, '.tools', 'openapi-python-client-0.29.1');
const GO_GENERATORS = {
  folder: join(ROOT, '.tools', 'openapi-go-1'),
  module: join(OPENAPI, 'go'),
  programs: ['github.com/oapi-codegen/oapi-codegen/v2/cmd/oapi-codegen', 'github.com/ogen-go/ogen/cmd/ogen'],
};

/** To change a version of these two, change it in test/sdk/verifiers and raise the folder's number. */
const VERIFIERS = join(ROOT, 'test', 'sdk', 'verifiers');
const PYTHON_VERIFIERS = join(ROOT, '.tools', 'receipt-verifiers-python-2');
const GO_VERIFIER = {
  folder: join(ROOT, '.tools', 'receipt-verifiers-go-2'),
  module: join(VERIFIERS, 'go'),
  programs: ['receipts.example/verifiers', 'receipts.example/verifiers/webhooks'],
};

/** @type {readonly SystemTool[]} */
export const SYSTEM_TOOLS = [
  {
    name: 'curl',
    purpose: 'the shell snippets of the documentation, run as they stand',
    packages: ['curl'],
    find: () => programsNamed('curl')[0] ?? null,
  },
  {
    name: 'fish',
    purpose: 'the shell snippets of the documentation, in a shell that is not like the others',
    packages: ['fish'],
    find: () => programsNamed('fish')[0] ?? null,
  },
  {
    name: 'zsh',
    purpose: 'the shell snippets of the documentation, in the shell of macOS',
    packages: ['zsh'],
    find: () => programsNamed('zsh')[0] ?? null,
  },
  {
    name: 'oathtool',
    purpose: 'codes compared with an independent TOTP program',
    packages: ['oathtool'],
    find: () => programsNamed('oathtool')[0] ?? null,
  },
  {
    name: 'zbarimg',
    purpose: 'QR codes read back by an independent scanner',
    packages: ['zbar-tools'],
    find: () => programsNamed('zbarimg')[0] ?? null,
  },
  {
    name: 'python3 with requests',
    purpose: 'the Python snippets of the documentation, run as they stand',
    packages: ['python3', 'python3-requests'],
    find: findPythonWithRequests,
  },
  {
    name: 'postgresql 15',
    purpose: 'the store on the oldest PostgreSQL that Kanda supports',
    packages: ['postgresql-15'],
    find: () => ['/usr/lib/postgresql/15/bin/postgres'].find(isExecutable) ?? null,
  },
  {
    name: 'schemathesis',
    purpose: 'every call of openapi.json with thousands of made-up requests',
    packages: ['python3', 'python3-venv'],
    pip: { folder: SCHEMATHESIS, requirements: join(ROOT, 'test', 'fuzz', 'requirements.txt') },
    find: () => [join(SCHEMATHESIS, 'bin', 'schemathesis')].find(isExecutable) ?? null,
  },
  {
    name: 'opentelemetry-proto',
    purpose: 'traces and logs, read with the definitions of OpenTelemetry',
    packages: ['python3', 'python3-venv'],
    pip: { folder: OTLP, requirements: join(ROOT, 'test', 'process', 'otlp', 'requirements.txt') },
    find: () => [join(OTLP, 'bin', 'python')].find(isExecutable) ?? null,
  },
  {
    name: 'spin',
    purpose: 'the formal model of commits, reads and the signed log',
    packages: ['spin'],
    find: () => programsNamed('spin')[0] ?? null,
  },
  {
    name: 'gcc',
    purpose: 'the formal model, whose verifier is compiled',
    packages: ['gcc', 'libc6-dev'],
    find: () => programsNamed('gcc')[0] ?? null,
  },
  {
    name: 'chromium',
    purpose: 'the pages, in a real browser',
    packages: ['chromium'],
    find: findChromium,
  },
  {
    name: 'express',
    purpose: 'the guide to Express, run as it stands',
    packages: [],
    npm: { folder: EXPRESS, manifests: join(GUIDES, 'express') },
    find: () => [join(EXPRESS, 'node_modules', 'express', 'package.json')].find(existsSync) ?? null,
  },
  {
    name: 'npm 10 and 11',
    purpose: 'that `npm start` ends with the npm that runs it',
    packages: [],
    npm: { folder: NPM_VERSIONS, manifests: join(ROOT, 'test', 'process', 'npm-versions') },
    find: () => [join(NPM_VERSIONS, 'node_modules', 'npm-10', 'package.json')].find(existsSync) ?? null,
  },
  {
    name: 'sdk surroundings',
    purpose: 'the SDK for TypeScript in other run-times and in web frameworks',
    packages: [],
    npm: { folder: SDK, manifests: join(ROOT, 'test', 'sdk', 'packages') },
    find: () => [join(SDK, 'node_modules', 'hono', 'package.json')].find(existsSync) ?? null,
  },
  {
    name: 'fastify',
    purpose: 'the guide to Fastify, run as it stands',
    packages: [],
    npm: { folder: FASTIFY, manifests: join(GUIDES, 'fastify') },
    find: () => [join(FASTIFY, 'node_modules', 'fastify', 'package.json')].find(existsSync) ?? null,
  },
  {
    name: 'nextjs',
    purpose: 'the guide to Next.js, built and run as it stands',
    packages: [],
    npm: { folder: NEXTJS, manifests: join(GUIDES, 'nextjs') },
    find: () => [join(NEXTJS, 'node_modules', 'next', 'package.json')].find(existsSync) ?? null,
  },
  {
    name: 'python sdk surroundings',
    purpose:
      'the SDK for Python: its scenarios, types, wheel and web frameworks, and the guides to FastAPI and Django',
    packages: ['python3', 'python3-venv'],
    pip: { folder: PYTHON_SDK, requirements: join(ROOT, 'test', 'sdk', 'python', 'requirements.txt') },
    find: () => (existsSync(join(PYTHON_SDK, 'bin', 'mypy')) ? join(PYTHON_SDK, 'bin', 'python') : null),
  },
  {
    name: 'receipt verifiers for python',
    purpose: 'receipts, as PyJWT and joserfc read them, and webhooks by standardwebhooks',
    packages: ['python3', 'python3-venv'],
    pip: { folder: PYTHON_VERIFIERS, requirements: join(VERIFIERS, 'requirements.txt') },
    find: () => [join(PYTHON_VERIFIERS, 'bin', 'python')].find(isExecutable) ?? null,
  },
  {
    name: 'receipt verifier for go',
    purpose: 'receipts, as go-jose reads them, and webhooks by standard-webhooks',
    packages: ['golang (1.24 or newer)'],
    go: GO_VERIFIER,
    find: () => [join(GO_VERIFIER.folder, 'verifiers')].find(isExecutable) ?? null,
  },
  {
    name: 'openapi linters',
    purpose: 'openapi.json, by the rules of Redocly and Spectral',
    packages: [],
    npm: { folder: LINTERS, manifests: join(OPENAPI, 'packages') },
    find: () => [join(LINTERS, 'node_modules', '@redocly', 'cli', 'package.json')].find(existsSync) ?? null,
  },
  {
    name: 'openapi-python-client',
    purpose: 'openapi.json, as a generator of clients for Python reads it',
    packages: ['python3', 'python3-venv'],
    pip: { folder: PYTHON_GENERATOR, requirements: join(OPENAPI, 'requirements.txt') },
    find: () => [join(PYTHON_GENERATOR, 'bin', 'openapi-python-client')].find(isExecutable) ?? null,
  },
  {
    name: 'openapi generators for go',
    purpose: 'openapi.json, as generators of clients for Go read it',
    packages: ['golang (1.26 or newer)'],
    go: GO_GENERATORS,
    find: () => [join(GO_GENERATORS.folder, 'ogen')].find(isExecutable) ?? null,
  },
  {
    name: 'promtool',
    purpose: "the metrics and the alert rules, read by Prometheus' own tool",
    packages: ['prometheus'],
    unpacked: true,
    find: () => [...programsNamed('promtool'), join(UNPACKED, 'usr/bin/promtool')].find(isExecutable) ?? null,
  },
  {
    name: 'nginx',
    purpose: 'the nginx example, as a proxy before the real server',
    packages: ['nginx'],
    unpacked: true,
    find: () =>
      [...programsNamed('nginx'), '/usr/sbin/nginx', join(UNPACKED, 'usr/sbin/nginx')].find(isExecutable) ??
      null,
  },
  {
    name: 'caddy',
    purpose: 'the Caddy example, as a proxy before the real server',
    packages: ['caddy'],
    unpacked: true,
    find: () => [...programsNamed('caddy'), join(UNPACKED, 'usr/bin/caddy')].find(isExecutable) ?? null,
  },
  {
    name: 'rsyslogd',
    purpose: 'events over syslog, as rsyslog takes and reads them',
    packages: ['rsyslog', 'rsyslog-openssl', 'libestr0', 'libfastjson4'],
    unpacked: true,
    find: () => [join(UNPACKED, 'usr/sbin/rsyslogd')].find(isExecutable) ?? null,
  },
  {
    name: 'logrotate',
    purpose: 'the configuration of logrotate, and the file of events, moved away by it',
    packages: ['logrotate', 'libpopt0'],
    unpacked: true,
    find: () => [join(UNPACKED, 'usr/sbin/logrotate')].find(isExecutable) ?? null,
  },
  {
    name: 'helm',
    purpose: 'the Helm chart, checked and filled in by Helm',
    packages: ['golang (1.24 or newer)'],
    go: HELM,
    find: () => [join(HELM.folder, 'helm'), ...programsNamed('helm')].find(isExecutable) ?? null,
  },
  {
    name: 'systemd-analyze',
    purpose: "the systemd unit, by systemd's own checks",
    packages: ['systemd'],
    find: () => programsNamed('systemd-analyze')[0] ?? null,
  },
  {
    name: 'etcd',
    purpose: 'failover of PostgreSQL, which Patroni decides on in etcd',
    packages: ['etcd-server'],
    find: () => programsNamed('etcd')[0] ?? null,
  },
  {
    name: 'patroni',
    purpose: 'failover of PostgreSQL under Patroni',
    packages: ['patroni', 'python3-etcd'],
    find: () => ['/usr/bin/patroni'].find(isExecutable) ?? null,
  },
  {
    name: 'haproxy',
    purpose: 'failover of PostgreSQL, seen through HAProxy',
    packages: ['haproxy'],
    find: () => ['/usr/sbin/haproxy', ...programsNamed('haproxy')].find(isExecutable) ?? null,
  },
  {
    name: 'pgbouncer',
    purpose: 'the store on PostgreSQL behind PgBouncer',
    packages: ['pgbouncer'],
    find: () => ['/usr/sbin/pgbouncer', ...programsNamed('pgbouncer')].find(isExecutable) ?? null,
  },
  {
    name: 'faketime',
    purpose: "a node's clock that jumps while it serves",
    packages: ['faketime'],
    find: () => programsNamed('faketime')[0] ?? null,
  },
];

/**
 * Every executable file of that name, in the order of PATH, the system's own folder last: a shim earlier on
 * PATH (pyenv, asdf) may lack what the system's program has.
 * @param {string} name
 * @returns {string[]}
 */
export function programsNamed(name) {
  const folders = (process.env.PATH ?? '').split(delimiter).filter(Boolean);
  const found = new Set([...folders, '/usr/bin'].map((folder) => join(folder, name)).filter(isExecutable));
  return [...found];
}

/**
 * Chromium or Chrome, under the names that systems give it.
 * @returns {string | null}
 */
function findChromium() {
  const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
  return names.flatMap(programsNamed)[0] ?? null;
}

/** @returns {string | null} */
function findPythonWithRequests() {
  const runs = (/** @type {string} */ python) =>
    spawnSync(python, ['-c', 'import requests'], { stdio: 'ignore', timeout: 20_000 }).status === 0;
  return programsNamed('python3').find(runs) ?? null;
}

/** @param {string} path */
export function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
