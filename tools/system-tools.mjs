/**
 * The programs outside npm that tests use, as one table: `setup.mjs --for-tests` installs what is missing,
 * `test-tools.ts` finds them for a test. To add one, add a row. Plain JavaScript, because `setup.mjs` reads
 * it under whatever Node the machine has (≥ 20).
 */
import { spawnSync } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * @typedef {object} SystemTool
 * @property {string} name  how the tests ask for it
 * @property {string} purpose  what is not tested without it
 * @property {readonly string[]} packages  Debian packages that bring it, or what `pip` needs
 * @property {PythonProgram} [pip]  where it comes from PyPI, into a folder of its own
 * @property {() => string | null} find  the absolute path of the program, or null
 */

/**
 * @typedef {object} PythonProgram
 * @property {string} folder  the virtual environment; git ignores it
 * @property {string} requirements  every package at an exact version
 */

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
/** To change the version, change the requirements and this folder's name. */
const SCHEMATHESIS = join(ROOT, '.tools', 'schemathesis-4.32.5');

/** @type {readonly SystemTool[]} */
export const SYSTEM_TOOLS = [
  {
    name: 'curl',
    purpose: 'the shell snippets of the documentation, run as they stand',
    packages: ['curl'],
    find: () => programsNamed('curl')[0] ?? null,
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
    name: 'promtool',
    purpose: "the metrics and the alert rules, read by Prometheus' own tool",
    packages: ['prometheus'],
    find: () => programsNamed('promtool')[0] ?? null,
  },
  {
    name: 'nginx',
    purpose: 'the nginx example, as a proxy before the real server',
    packages: ['nginx-light'],
    find: () => [...programsNamed('nginx'), '/usr/sbin/nginx'].find(isExecutable) ?? null,
  },
  {
    name: 'caddy',
    purpose: 'the Caddy example, as a proxy before the real server',
    packages: ['caddy'],
    find: () => programsNamed('caddy')[0] ?? null,
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
