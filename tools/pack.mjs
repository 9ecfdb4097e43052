/**
 * Makes the npm package `kanda`: the server with everything that it needs, as one tarball.
 * `node tools/pack.mjs [--out <folder>]` prints the tarball's path.
 *
 * Node does not run TypeScript below `node_modules`, so what is ours is put into a few files (tools/bundle.mjs). The other
 * files keep the places that they have in the repository: what is found relative to one (error pages, the site) is found in
 * the package too. The packages below it are in the tarball (`bundleDependencies`), as package-lock.json has them: npm reads
 * an `npm-shrinkwrap.json` only where the registry announces it, never in a tarball, and other package managers never do. See
 * docs/decisions/0010-packages-in-the-tarball.md. Two builds of the same sources give the same bytes.
 */
import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { callerEnvironment } from './child-environment.mjs';
import { externalPackages, workspacePackages } from './package-lock.mjs';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const SERVER = 'apps/server';
/** Taken as they are. The site is there once it has been built. */
const COPIED = ['LICENSE', 'CHANGELOG.md', 'docs/errors', 'apps/server/bin', 'apps/web/dist'];
const NPM_WITHIN_MS = 180_000;

const { values } = parseArgs({ options: { out: { type: 'string', default: ROOT } } });
const stage = fs.mkdtempSync(join(tmpdir(), 'kanda-pack-'));
try {
  bundle();
  for (const path of COPIED) {
    if (fs.existsSync(join(ROOT, path))) fs.cpSync(join(ROOT, path), join(stage, path), { recursive: true });
  }
  const manifest = packageManifest();
  bringPackages(manifest);
  writeManifests(manifest);
  setModes(stage);
  console.log(pack(resolve(values.out)));
} finally {
  fs.rmSync(stage, { recursive: true, force: true });
}

function bundle() {
  const args = [join(ROOT, 'tools', 'bundle.mjs'), '--own', '--out', join(stage, SERVER, 'dist')];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`tools/bundle.mjs ended with ${status}:\n${stdout}${stderr}`);
}

// ---- packages ----------------------------------------------------------------------------------------

/**
 * The packages of package-lock.json below the server, fetched and compared with their hashes there.
 * @param {ReturnType<typeof packageManifest>} manifest
 */
function bringPackages({ name, version, dependencies }) {
  const packages = externalPackages(ROOT, SERVER);
  const root = { name, version, dependencies };
  // The lock file was made with the repository's overrides.
  writeJson('package.json', { ...root, overrides: readJson('package.json').overrides });
  writeJson('package-lock.json', {
    name,
    version,
    lockfileVersion: 3,
    requires: true,
    packages: { '': root, ...packages },
  });
  npm(['ci', '--omit=dev', '--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund']);
  fs.rmSync(join(stage, 'package-lock.json'));
  fs.rmSync(join(stage, 'node_modules', '.package-lock.json'));
}

/** What the server and this workspace's packages below it ask a registry for. */
function directDependencies() {
  const workspace = workspacePackages(ROOT, SERVER);
  const own = new Set(workspace.map(({ name }) => name));
  const asked = [SERVER, ...workspace.map(({ folder }) => folder)].flatMap((folder) =>
    Object.entries(readJson(`${folder}/package.json`).dependencies ?? {}),
  );
  return Object.fromEntries(asked.filter(([name]) => !own.has(name)).sort(([a], [b]) => (a < b ? -1 : 1)));
}

// ---- manifests ---------------------------------------------------------------------------------------

function packageManifest() {
  const root = readJson('package.json');
  const server = readJson(`${SERVER}/package.json`);
  const dependencies = directDependencies();
  return {
    name: 'kanda',
    version: /** @type {string} */ (server.version),
    description: /** @type {string} */ (root.description),
    license: root.license,
    keywords: ['totp', '2fa', 'two-factor', 'authentication', 'otp', 'self-hosted'],
    type: 'module',
    bin: { kanda: `${SERVER}/${server.bin.kanda}` },
    engines: server.engines,
    dependencies,
    bundleDependencies: Object.keys(dependencies).sort(),
  };
}

/** @param {ReturnType<typeof packageManifest>} manifest */
function writeManifests(manifest) {
  writeJson('package.json', manifest);
  // Where the server looks for its version.
  const { name, version } = readJson(`${SERVER}/package.json`);
  writeJson(`${SERVER}/package.json`, { name, version, private: true, type: 'module' });
  fs.writeFileSync(join(stage, 'README.md'), readmeOf(manifest.description, manifest.engines.node));
}

/**
 * @param {string} description
 * @param {string} node the versions of Node that it runs on
 */
function readmeOf(description, node) {
  return `# Kanda

${description}. Needs Node ${node}.

\`\`\`sh
npx kanda serve
npx kanda --help
\`\`\`

It keeps everything in the folder \`data\` and listens on http://127.0.0.1:3000, where its documentation is too.
`;
}

// ---- the tarball -------------------------------------------------------------------------------------

/**
 * Modes that do not depend on the umask of who builds; npm sets times and owners itself.
 * @param {string} folder
 */
function setModes(folder) {
  for (const entry of fs.readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isDirectory()) fs.chmodSync(path, 0o755);
    else if (entry.isFile()) fs.chmodSync(path, entry.name === 'kanda.mjs' ? 0o755 : 0o644);
  }
}

/**
 * @param {string} folder where the tarball goes
 * @returns {string} its path
 */
function pack(folder) {
  fs.mkdirSync(folder, { recursive: true });
  const printed = npm(['pack', '--json', '--ignore-scripts', '--pack-destination', folder]);
  return join(folder, JSON.parse(printed)[0].filename);
}

/**
 * Runs npm in the stage.
 * @param {string[]} args
 * @returns {string} what it printed
 */
function npm(args) {
  const { status, stdout, stderr } = spawnSync('npm', [...args, '--loglevel=error'], {
    cwd: stage,
    env: callerEnvironment(),
    encoding: 'utf8',
    timeout: NPM_WITHIN_MS,
  });
  if (status !== 0) throw new Error(`npm ${args[0]} ended with ${status}: ${stderr}`);
  return stdout;
}

/** @param {string} path in the repository */
function readJson(path) {
  return JSON.parse(fs.readFileSync(join(ROOT, path), 'utf8'));
}

/**
 * @param {string} path in the package
 * @param {object} value
 */
function writeJson(path, value) {
  fs.mkdirSync(dirname(join(stage, path)), { recursive: true });
  fs.writeFileSync(join(stage, path), `${JSON.stringify(value, null, 2)}\n`);
}
