/**
 * Brings what `npm start` and `npm test` need, and does nothing when it is there: the packages of
 * package-lock.json, a Node new enough to install them with, the site that the server sends, and with `--for-tests`
 * the system tools of `system-tools.mjs`. Runs on any Node ≥ 20 without dependencies; docs/decisions/0001 says why it
 * is so. All that it makes is in `node_modules/`, `.runtime/`, `.tools/` and `apps/web/dist/`; each may be deleted at
 * any time.
 */
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { callerEnvironment } from './child-environment.mjs';
import { isSiteBuilt, isThereAnySite, keepSiteStamp, stampOf } from './site-stamp.mjs';
import { isExecutable, programsNamed, SYSTEM_TOOLS, UNPACKED } from './system-tools.mjs';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const WINDOWS = process.platform === 'win32';
const MODULES = join(ROOT, 'node_modules');
const RUNTIME = join(ROOT, '.runtime');
const BROUGHT_NODE = join(MODULES, '.bin', WINDOWS ? 'node.cmd' : 'node');
const STAMP = join(MODULES, '.kanda-setup');
const FOUND_TOOLS = join(RUNTIME, 'tools.json');
const LOCK = join(RUNTIME, 'setup.lock');
const PLATFORM = `${process.platform}-${process.arch}`;

/** The process that holds the lock touches it every BEAT_MS; one that finds it untouched for STALE_MS takes it over. */
const BEAT_MS = 2_000;
const STALE_MS = 20_000;

/** A failure that a person can do something about. Any other exception is a defect of this file. */
class SetupError extends Error {}

/**
 * What runs at the moment, to be ended with this process.
 * @type {Set<import('node:child_process').ChildProcess>}
 */
const children = new Set();
let stopping = false;

try {
  await setUp(process.argv.includes('--for-tests'));
} catch (error) {
  if (!(error instanceof SetupError)) throw error;
  console.error(`\nkanda setup: ${error.message}\n`);
  process.exitCode = 1;
}

/** @param {boolean} forTests */
async function setUp(forTests) {
  if (major(process.versions.node) < 20) {
    throw new SetupError(`Kanda needs Node 20 or newer to start; this is Node ${process.versions.node}.`);
  }
  const ready = () => packagesInstalled() && (!forTests || toolsFound());
  if (!ready()) {
    await underLock(async () => {
      if (!packagesInstalled()) await installPackages();
      if (forTests && !toolsFound()) await installTools();
    });
  }
  // Last, as it needs the packages; and what goes wrong here must not keep the service from starting.
  if (process.env.KANDA_WEB === 'off' || isSiteBuilt()) return;
  try {
    await underLock(async () => {
      if (!isSiteBuilt()) await buildSite();
    });
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    const without = isThereAnySite() ? 'with the pages that were built before' : 'without its pages';
    console.error(`\nkanda setup: ${error.message} Kanda goes on ${without}.\n`);
  }
}

// ---- packages ----------------------------------------------------------------------------------------

/** Whether node_modules is what package-lock.json asks for, on this platform. */
function packagesInstalled() {
  if (!fs.existsSync(BROUGHT_NODE)) return false;
  const stamp = readText(STAMP);
  if (stamp === wantedStamp()) return true;
  const samePlatform = stamp === null || stamp.endsWith(PLATFORM);
  if (!samePlatform || !installedByHand()) return false;
  try {
    fs.writeFileSync(STAMP, wantedStamp());
  } catch {
    // A read-only folder: the slower comparison will be made each time.
  }
  return true;
}

function wantedStamp() {
  const lock = fs.readFileSync(join(ROOT, 'package-lock.json'));
  return `${createHash('sha256').update(lock).digest('hex')} ${PLATFORM}`;
}

/**
 * Whether `npm install` or `npm ci` was run by hand since: npm notes what it has put in place in
 * node_modules/.package-lock.json, as its last act. Optional packages may be absent (other platforms).
 */
function installedByHand() {
  const note = readText(join(MODULES, '.package-lock.json'));
  if (note === null) return false;
  const installed = JSON.parse(note).packages;
  const wanted = readJson('package-lock.json').packages;
  const same = (/** @type {string} */ path) =>
    installed[path]?.version === wanted[path]?.version &&
    installed[path]?.integrity === wanted[path]?.integrity;
  const mayLack = (/** @type {string} */ path) =>
    path === '' || (!(path in installed) && (wanted[path].optional || wanted[path].devOptional));
  return (
    Object.keys(wanted).every((path) => mayLack(path) || (path in installed && same(path))) &&
    Object.keys(installed).every((path) => path in wanted && same(path))
  );
}

async function installPackages() {
  const node = await nodeForNpm();
  say('installing the packages of package-lock.json into node_modules (npm ci) …');
  // NODE_ENV=production would leave out the development packages, and with them the Node that they bring.
  await npm(node, ['ci', '--include=dev', '--no-audit', '--no-fund'], ROOT);
  if (!fs.existsSync(BROUGHT_NODE)) {
    throw new SetupError(
      `npm did not bring Node ${pinnedNode()}: node_modules/.bin/node is missing. Are install scripts ` +
        'switched off (ignore-scripts in an npmrc)? Allow them and run the command again.',
    );
  }
  fs.writeFileSync(STAMP, wantedStamp());
}

// ---- the site ----------------------------------------------------------------------------------------

/** What `apps/web` is built into; the server sends it beside the API. */
async function buildSite() {
  say('building front page, documentation and dashboard into apps/web/dist …');
  const stamp = stampOf();
  const vite = join(MODULES, 'vite', 'bin', 'vite.js');
  let printed = '';
  /** @type {import('node:child_process').SpawnOptions} */
  const options = { cwd: join(ROOT, 'apps', 'web'), stdio: ['ignore', 'pipe', 'pipe'] };
  const begun = Date.now();
  const status = await run(BROUGHT_NODE, [vite, 'build'], options, (text) => {
    printed += text;
  });
  if (status !== 0) {
    console.error(printed);
    throw new SetupError('the site could not be built; what vite says about it stands above.');
  }
  keepSiteStamp(stamp);
  say(`built in ${Math.round((Date.now() - begun) / 1000)} s`);
}

// ---- Node --------------------------------------------------------------------------------------------

/** The version of Node that package.json pins, such as `24.21.0`. */
function pinnedNode() {
  return readJson('package.json').devDependencies.node;
}

/**
 * The Node to run npm with: this one, or one brought into `.runtime/` when this one is older than Kanda's.
 * Under an older one npm warns of each package that wants a newer Node, and leaves out without a word
 * every optional package that does.
 */
async function nodeForNpm() {
  const version = pinnedNode();
  if (major(process.versions.node) >= major(version)) return process.execPath;
  const node = join(RUNTIME, 'node_modules', 'node', 'bin', WINDOWS ? 'node.exe' : 'node');
  const works = () => spawnSync(node, ['--version']).stdout?.toString().trim() === `v${version}`;
  if (works()) return node;

  say(`this machine's Node is ${process.versions.node}; bringing Node ${version} into .runtime …`);
  fs.rmSync(join(RUNTIME, 'node_modules'), { recursive: true, force: true });
  const manifest = { private: true, dependencies: { node: version }, allowScripts: { node: true } };
  fs.writeFileSync(join(RUNTIME, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
  await npm(process.execPath, ['install', '--no-package-lock', '--no-audit', '--no-fund'], RUNTIME);
  if (works()) return node;
  throw new SetupError(
    `the registry's \`node\` package brought no working Node ${version} for ${PLATFORM}. Install Node ` +
      `${major(version)} or newer yourself and run the command again.`,
  );
}

// ---- npm ---------------------------------------------------------------------------------------------

/**
 * Runs npm, its output shown, with the given Node, which is also the one on its scripts' PATH.
 * @param {string} node
 * @param {string[]} args
 * @param {string} folder
 */
async function npm(node, args, folder) {
  const cli = npmCli();
  const env = callerEnvironment({ PATH: `${dirname(node)}${delimiter}${process.env.PATH ?? ''}` });
  const status = await run(node, [cli, ...args], { cwd: folder, env, stdio: 'inherit' });
  if (status === 0) return;
  const ping = ['ping', '--fetch-retries=0', '--fetch-timeout=10000', '--loglevel=silent'];
  const online = (await run(node, [cli, ...ping], { cwd: folder, env, stdio: 'ignore' })) === 0;
  const cause = online
    ? "npm's own message above says what went wrong."
    : 'npm cannot reach its package registry: this needs the network once. Check the connection, and ' +
      '`npm config get registry` and `npm config get proxy`.';
  throw new SetupError(`\`npm ${args[0]}\` failed. ${cause} Then run the command again.`);
}

/** npm's own program: the npm that started this file, or else the one on PATH. */
function npmCli() {
  const candidates = [
    process.env.npm_execpath ?? '',
    ...programsNamed('npm').map((path) => fs.realpathSync(path)),
    join(dirname(process.execPath), 'node_modules', 'npm', 'bin', 'npm-cli.js'),
  ];
  const cli = candidates.find((path) => path.endsWith('npm-cli.js') && fs.existsSync(path));
  if (cli === undefined)
    throw new SetupError('npm was not found. Install npm and run `npm start` or `npm test`.');
  return cli;
}

// ---- system tools ------------------------------------------------------------------------------------

/** Whether every tool still is where an earlier run found it. */
function toolsFound() {
  const found = JSON.parse(readText(FOUND_TOOLS) || '{}');
  // What needs Go is looked for once: without Go it will not be there the next time either.
  return SYSTEM_TOOLS.every(
    ({ name, go }) => name in found && ((go && !found[name]) || fs.existsSync(found[name])),
  );
}

async function installTools() {
  let missing = SYSTEM_TOOLS.filter((tool) => tool.find() === null);
  const packages = missing.flatMap((tool) => (tool.go || tool.unpacked ? [] : tool.packages));
  if (packages.length > 0 && process.getuid?.() === 0 && programsNamed('apt-get').length > 0) {
    say(`installing what the tests use besides npm packages: apt-get install ${packages.join(' ')} …`);
    const failure = await aptInstall(packages);
    missing = missing.filter((tool) => tool.find() === null);
    if (missing.length > 0 && failure !== null) console.error(failure);
  }
  for (const { name, pip } of missing) if (pip !== undefined) await pipInstall(name, pip);
  for (const { name, go } of missing) if (go !== undefined) await goInstall(name, go);
  for (const { name, packages, unpacked } of missing) if (unpacked) await unpack(name, packages);
  for (const tool of missing) if (tool.npm !== undefined) await npmInstall(tool.name, tool.npm);
  missing = missing.filter((tool) => tool.find() === null);
  const found = SYSTEM_TOOLS.map((tool) => /** @type {const} */ ([tool, tool.find()]))
    .filter(([tool, path]) => path !== null || tool.go !== undefined)
    .map(([tool, path]) => [tool.name, path]);
  fs.writeFileSync(FOUND_TOOLS, `${JSON.stringify(Object.fromEntries(found), null, 2)}\n`);
  for (const tool of missing) {
    const from = tool.pip === undefined ? '' : '; then it comes from PyPI';
    say(
      `NOT TESTED for want of ${tool.name}: ${tool.purpose}. (Debian: apt-get install ${tool.packages.join(' ')}${from})`,
    );
  }
  if (missing.some((tool) => tool.go === undefined) && process.env.CI) {
    throw new SetupError('in CI no test is skipped, so the tools named above must be there.');
  }
}

/**
 * @param {string[]} packages
 * @returns {Promise<string | null>} what apt-get printed when it failed
 */
async function aptInstall(packages) {
  const quiet = ['-qq', '-o', 'Dpkg::Use-Pty=0', '-o', 'DPkg::Lock::Timeout=120'];
  const env = callerEnvironment({ DEBIAN_FRONTEND: 'noninteractive' });
  let printed = '';
  /** @param {string[]} args */
  const apt = async (args) => {
    printed = '';
    return run('apt-get', [...quiet, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] }, (text) => {
      printed += text;
    });
  };
  const install = ['install', '--yes', '--no-install-recommends', ...packages];
  if ((await apt(install)) === 0) return null;
  // A machine whose package lists are absent or old: fetch them once.
  return (await apt(['update'])) === 0 && (await apt(install)) === 0 ? null : printed;
}

/**
 * A program from PyPI in a virtual environment, by the first Python that can make one. What pip prints is shown
 * when it fails.
 * @param {string} name
 * @param {import('./system-tools.mjs').PythonProgram} program
 */
async function pipInstall(name, { folder, requirements }) {
  say(`installing ${name} from PyPI into ${folder} …`);
  const pip = join(folder, 'bin', 'python');
  const arguments_ = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--retries', '1'];
  for (const python of programsNamed('python3')) {
    if ((await run(python, ['-m', 'venv', '--clear', folder], { stdio: 'ignore' })) !== 0) continue;
    let printed = '';
    /** @type {import('node:child_process').StdioOptions} */
    const stdio = ['ignore', 'pipe', 'pipe'];
    const options = { stdio };
    const status = await run(pip, [...arguments_, '--requirement', requirements], options, (text) => {
      printed += text;
    });
    if (status === 0) return;
    console.error(printed);
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * Packages that a document's reader installs, as a lock file of their own names them, into a folder of their own.
 * @param {string} name
 * @param {import('./system-tools.mjs').NpmPackages} packages
 */
async function npmInstall(name, { folder, manifests }) {
  say(`installing ${name} from the npm registry into ${folder} …`);
  fs.mkdirSync(folder, { recursive: true });
  for (const file of ['package.json', 'package-lock.json'])
    fs.copyFileSync(join(manifests, file), join(folder, file));
  try {
    await npm(process.execPath, ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], folder);
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    console.error(error.message);
  }
}

/**
 * A program out of Debian's packages, for the tests alone: nothing is installed, and no service is started.
 * @param {string} name
 * @param {readonly string[]} packages
 */
async function unpack(name, packages) {
  if (programsNamed('apt-get').length === 0 || programsNamed('dpkg-deb').length === 0) return;
  say(`unpacking ${name} from Debian's ${packages.join(', ')} into ${UNPACKED} …`);
  fs.mkdirSync(UNPACKED, { recursive: true });
  /** @param {string} program @param {string[]} args */
  const quietly = async (program, args) =>
    (await run(program, args, { cwd: UNPACKED, stdio: 'ignore' })) === 0;
  const download = () => quietly('apt-get', ['download', ...packages]);
  if (!(await download()) && !((await quietly('apt-get', ['update'])) && (await download()))) return;
  for (const file of fs.readdirSync(UNPACKED).filter((entry) => entry.endsWith('.deb'))) {
    await quietly('dpkg-deb', ['-x', file, '.']);
    fs.rmSync(join(UNPACKED, file));
  }
}

/**
 * A program built from its Go module, where Go is there.
 * @param {string} name
 * @param {import('./system-tools.mjs').GoProgram} program
 */
async function goInstall(name, { folder, module }) {
  const [go] = [...programsNamed('go'), '/usr/local/go/bin/go'].filter(isExecutable);
  if (go === undefined) return;
  say(`building ${name} with Go into ${folder} …`);
  const env = callerEnvironment({ GOBIN: folder });
  let printed = '';
  const status = await run(go, ['install', module], { env, stdio: ['ignore', 'pipe', 'pipe'] }, (text) => {
    printed += text;
  });
  if (status !== 0) console.error(printed);
}

// ---- one at a time -----------------------------------------------------------------------------------

/**
 * Two `npm start` at once must not both write node_modules: the second waits, then finds the work done.
 * A directory is the lock, since making one is atomic on every file system.
 * @param {() => Promise<void>} work
 */
async function underLock(work) {
  try {
    fs.accessSync(ROOT, fs.constants.W_OK);
    fs.mkdirSync(RUNTIME, { recursive: true });
  } catch (error) {
    throw new SetupError(`cannot write to ${ROOT} (${codeOf(error)}). Copy Kanda to a folder of your own.`);
  }
  let told = false;
  while (!takeLock()) {
    if (!told) say('another setup is running in this folder; waiting for it …');
    told = true;
    await sleep(250);
  }
  const beat = setInterval(touchLock, BEAT_MS);
  const release = () => fs.rmSync(LOCK, { recursive: true, force: true });
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) {
    process.on(signal, async () => {
      // npm goes on writing for a moment after SIGTERM; no other may begin before it has ended.
      stopping = true;
      for (const child of children) child.kill(signal);
      while (children.size > 0) await sleep(50);
      release();
      process.exit(130);
    });
  }
  try {
    await work();
  } finally {
    clearInterval(beat);
    release();
  }
}

function takeLock() {
  try {
    fs.mkdirSync(LOCK);
    return true;
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
  }
  if (isStale(LOCK)) removeStaleLock();
  return false;
}

/** Moved aside first and looked at again: between the two looks someone else may have made it anew. */
function removeStaleLock() {
  const aside = `${LOCK}.${process.pid}`;
  try {
    fs.renameSync(LOCK, aside);
    if (isStale(aside)) fs.rmSync(aside, { recursive: true, force: true });
    else fs.renameSync(aside, LOCK);
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
  }
}

/** @param {string} path */
function isStale(path) {
  const modified = fs.statSync(path, { throwIfNoEntry: false })?.mtimeMs;
  return modified !== undefined && Date.now() - modified > STALE_MS;
}

function touchLock() {
  const now = new Date();
  try {
    fs.utimesSync(LOCK, now, now);
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
  }
}

// ---- small things ------------------------------------------------------------------------------------

/**
 * @param {string} program
 * @param {string[]} args
 * @param {import('node:child_process').SpawnOptions} options
 * @param {(text: string) => void} [onOutput]
 * @returns {Promise<number | null>} its exit status; null when it was killed or could not be started
 */
function run(program, args, options, onOutput) {
  return new Promise((resolve) => {
    const child = spawn(program, args, options);
    children.add(child);
    if (onOutput)
      for (const stream of [child.stdout, child.stderr]) stream?.setEncoding('utf8').on('data', onOutput);
    const done = (/** @type {number | null} */ status) => {
      children.delete(child);
      if (!stopping) resolve(status);
    };
    child.on('error', () => done(null));
    child.on('close', done);
  });
}

/** @param {string} text */
function say(text) {
  console.log(`kanda setup: ${text}`);
}

/** @param {string} version */
function major(version) {
  return Number.parseInt(version, 10);
}

/** @param {string} file a file in the repository's root */
function readJson(file) {
  return JSON.parse(fs.readFileSync(join(ROOT, file), 'utf8'));
}

/** @param {string} path */
function readText(path) {
  return fs.existsSync(path) ? fs.readFileSync(path, 'utf8') : null;
}

/** @param {unknown} error */
function codeOf(error) {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
