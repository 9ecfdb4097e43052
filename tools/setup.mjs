/**
 * Brings what `npm start`, `npm test` and the other scripts need, and does nothing when it is there: the packages of
 * package-lock.json, a Node new enough to install them with, the site that the server sends (not with
 * `--packages-only`), and with `--for-tests` the system tools of `system-tools.mjs`. Runs on any Node ≥ 20 without
 * dependencies; docs/decisions/0001 says why it is so. All that it makes is in `node_modules/`, `.runtime/`, `.tools/`
 * and `apps/web/dist/`; each may be deleted at any time.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { bundledProgram } from '../apps/server/bin/bundled.mjs';
import { compareNode, NODE_HASHES } from './node-hashes.mjs';
import { npm } from './setup-npm.mjs';
import { ROOT, RUNTIME, run, SetupError, Steps, say, underLock } from './setup-process.mjs';
import { toolStages } from './setup-tools.mjs';
import { isSiteBuilt, isThereAnySite, keepSiteStamp, stampOf } from './site-stamp.mjs';

const WINDOWS = process.platform === 'win32';
const MODULES = join(ROOT, 'node_modules');
const BROUGHT_NODE = join(MODULES, '.bin', WINDOWS ? 'node.cmd' : 'node');
const BROUGHT_PROGRAM = join(MODULES, 'node', 'bin', WINDOWS ? 'node.exe' : 'node');
const STAMP = join(MODULES, '.kanda-setup');
const PLATFORM = `${process.platform}-${process.arch}`;

try {
  await setUp({
    forTests: process.argv.includes('--for-tests'),
    site: !process.argv.includes('--packages-only') && process.env.KANDA_WEB !== 'off',
    program: !process.argv.includes('--packages-only'),
  });
} catch (error) {
  if (!(error instanceof SetupError)) throw error;
  console.error(`\nkanda setup: ${error.message}\n`);
  process.exitCode = 1;
}

/** @param {{ forTests: boolean, site: boolean, program: boolean }} wanted */
async function setUp({ forTests, site, program }) {
  if (major(process.versions.node) < 20) {
    throw new SetupError(`Kanda needs Node 20 or newer to start; this is Node ${process.versions.node}.`);
  }
  const required = () => [...packageStages(), ...(forTests ? toolStages() : [])];
  const optional = [
    ...(site && !isSiteBuilt() ? [siteStep()] : []),
    // Packages that are brought anew are newer than what was made of them.
    ...(program && (!packagesInstalled() || bundledProgram() === null) ? [programStep()] : []),
  ];
  const count = required().flat(2).length;
  const steps = new Steps(count + optional.length);
  if (count > 0) {
    // Looked at again: another setup may have done it while this one waited.
    await underLock(() => steps.runStages(required()));
  }
  // Last, as they need the packages; and what goes wrong here must not keep the service from starting.
  for (const step of optional) {
    try {
      await underLock(async () => void (step.isDone() || (await steps.run(step))));
    } catch (error) {
      if (!(error instanceof SetupError)) throw error;
      console.error(`\nkanda setup: ${error.message} Kanda goes on ${step.without()}.\n`);
    }
  }
}

// ---- packages ----------------------------------------------------------------------------------------

/** @returns {import('./setup-process.mjs').Stage[]} */
function packageStages() {
  if (packagesInstalled()) return [];
  const what = 'the packages of package-lock.json into node_modules (npm ci)';
  return [[[{ what, work: installPackages }]]];
}

/** Whether node_modules is what package-lock.json asks for, on this platform. */
function packagesInstalled() {
  if (!fs.existsSync(BROUGHT_NODE)) return false;
  const stamp = readText(STAMP);
  if (stamp === wantedStamp()) return true;
  const samePlatform = stamp === null || stamp.endsWith(PLATFORM);
  if (!samePlatform || !installedByHand()) return false;
  refuseOtherNode(BROUGHT_PROGRAM);
  try {
    fs.writeFileSync(STAMP, wantedStamp());
  } catch {
    // A read-only folder: the slower comparison will be made each time.
  }
  return true;
}

function wantedStamp() {
  const lock = fs.readFileSync(join(ROOT, 'package-lock.json'));
  // With the hashes of Node: where these change, the program is looked at again.
  const hash = createHash('sha256').update(lock).update(fs.readFileSync(NODE_HASHES)).digest('hex');
  return `${hash} ${PLATFORM}`;
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
  // NODE_ENV=production would leave out the development packages, and with them the Node that they bring.
  await npm(node, ['ci', '--include=dev', '--no-audit', '--no-fund'], ROOT);
  if (!fs.existsSync(BROUGHT_NODE)) {
    throw new SetupError(
      `npm did not bring Node ${pinnedNode()}: node_modules/.bin/node is missing. Are install scripts ` +
        'switched off (ignore-scripts in an npmrc)? Allow them and run the command again.',
    );
  }
  refuseOtherNode(BROUGHT_PROGRAM);
  fs.writeFileSync(STAMP, wantedStamp());
}

/**
 * Lets only the Node run whose hash is in tools/node-hashes.json: npm's lock file does not cover it.
 * @param {string} program removed when it is another one, since the next `npm start` would run it
 */
function refuseOtherNode(program) {
  const result = compareNode(program, PLATFORM, pinnedNode());
  if (result === 'outdated') {
    throw new SetupError(
      `tools/node-hashes.json is for another Node than package.json, which asks for ${pinnedNode()}: run ` +
        '`node tools/write-node-hashes.mjs`.',
    );
  }
  if (result === 'unpinned') {
    say(`NOT CHECKED: tools/node-hashes.json has no hash of Node ${pinnedNode()} for ${PLATFORM}`);
  }
  if (result !== 'other') return;
  fs.rmSync(program);
  throw new SetupError(
    `the program of Node ${pinnedNode()} that npm brought is not the one whose SHA-256 tools/node-hashes.json has ` +
      `for ${PLATFORM}. It was removed. Look at where your registry takes the package \`node-${PLATFORM}\` from.`,
  );
}

// ---- the site ----------------------------------------------------------------------------------------

function siteStep() {
  return {
    what: 'front page, documentation and dashboard into apps/web/dist (vite)',
    work: buildSite,
    isDone: isSiteBuilt,
    without: () => (isThereAnySite() ? 'with the pages that were built before' : 'without its pages'),
  };
}

/** What `apps/web` is built into; the server sends it beside the API. */
async function buildSite() {
  const stamp = stampOf();
  const vite = join(MODULES, 'vite', 'bin', 'vite.js');
  let printed = '';
  /** @type {import('node:child_process').SpawnOptions} */
  const options = { cwd: join(ROOT, 'apps', 'web'), stdio: ['ignore', 'pipe', 'pipe'] };
  const status = await run(BROUGHT_NODE, [vite, 'build'], options, (text) => {
    printed += text;
  });
  if (status !== 0) {
    console.error(printed);
    throw new SetupError('the site could not be built; see the lines of vite above.');
  }
  keepSiteStamp(stamp);
}

// ---- the program -------------------------------------------------------------------------------------

function programStep() {
  return {
    what: 'the program into a few files in apps/server/dist (rolldown)',
    work: bundleProgram,
    isDone: () => bundledProgram() !== null,
    without: () => 'from its sources, which takes a second longer to begin',
  };
}

async function bundleProgram() {
  let printed = '';
  /** @type {import('node:child_process').SpawnOptions} */
  const options = { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] };
  const status = await run(BROUGHT_NODE, [join(ROOT, 'tools', 'bundle.mjs')], options, (text) => {
    printed += text;
  });
  if (status === 0) return;
  console.error(printed);
  throw new SetupError('the program could not be put into a few files; see the lines above.');
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
  const works = () =>
    fs.existsSync(node) &&
    ['same', 'unpinned'].includes(compareNode(node, PLATFORM, version)) &&
    spawnSync(node, ['--version']).stdout?.toString().trim() === `v${version}`;
  if (works()) return node;

  say(`this machine's Node is ${process.versions.node}; bringing Node ${version} into .runtime …`);
  fs.rmSync(join(RUNTIME, 'node_modules'), { recursive: true, force: true });
  const manifest = { private: true, dependencies: { node: version }, allowScripts: { node: true } };
  fs.writeFileSync(join(RUNTIME, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
  await npm(process.execPath, ['install', '--no-package-lock', '--no-audit', '--no-fund'], RUNTIME);
  if (fs.existsSync(node)) refuseOtherNode(node);
  if (works()) return node;
  throw new SetupError(
    `the registry's \`node\` package brought no working Node ${version} for ${PLATFORM}. Install Node ` +
      `${major(version)} or newer yourself and run the command again.`,
  );
}

// ---- small things ------------------------------------------------------------------------------------

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
