/**
 * Makes the npm package `kanda`: the server with everything that it needs of this repository, as one tarball.
 * `node tools/pack.mjs [--out <folder>]` prints the tarball's path.
 *
 * Node does not run TypeScript below `node_modules`, so the types are taken out here. They become spaces: line and
 * column of a stack trace are those of the source. Files keep the places that they have in the repository, so that
 * what is found relative to a file (error pages, the site) is found in the package too.
 */
import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, posix, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { callerEnvironment } from './child-environment.mjs';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const WORKSPACE = '@kanda/otp';
const WORKSPACE_ENTRY = 'packages/otp/src/index.js';
/** Taken as they are. The site is there once it has been built. */
const COPIED = ['LICENSE', 'CHANGELOG.md', 'docs/errors', 'apps/web/dist'];
const SOURCES = ['apps/server/bin', 'apps/server/src', 'packages/otp/src'];

/**
 * Of package-lock.json, what is read here.
 * @typedef {{ version?: string, integrity?: string, link?: boolean, dependencies?: Record<string, string>,
 *   optionalDependencies?: Record<string, string>, engines?: object, dev?: boolean }} LockEntry
 */

const { values } = parseArgs({ options: { out: { type: 'string', default: ROOT } } });
const stage = fs.mkdtempSync(join(tmpdir(), 'kanda-pack-'));
try {
  for (const folder of SOURCES) copySources(folder);
  for (const path of COPIED) {
    if (fs.existsSync(join(ROOT, path))) fs.cpSync(join(ROOT, path), join(stage, path), { recursive: true });
  }
  writeManifests();
  console.log(pack(resolve(values.out)));
} finally {
  fs.rmSync(stage, { recursive: true, force: true });
}

// ---- sources -----------------------------------------------------------------------------------------

/** @param {string} folder from the repository's root */
function copySources(folder) {
  for (const entry of fs.readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = relative(ROOT, join(entry.parentPath, entry.name)).replaceAll('\\', '/');
    const target = join(stage, path.replace(/\.ts$/, '.js'));
    fs.mkdirSync(dirname(target), { recursive: true });
    const source = fs.readFileSync(join(ROOT, path), 'utf8');
    const script = path.endsWith('.ts') ? withoutTypes(path, source) : source;
    fs.writeFileSync(target, withJavaScriptImports(path, script), {
      mode: entry.name === 'kanda.mjs' ? 0o755 : 0o644,
    });
  }
}

/**
 * @param {string} path
 * @param {string} source
 */
function withoutTypes(path, source) {
  try {
    return stripTypeScriptTypes(source, { mode: 'strip' }).replace(/[ \t]+$/gm, '');
  } catch (cause) {
    throw new Error(`${path} holds more than types that can be taken out`, { cause });
  }
}

/**
 * The same module with its imports as they are in the package.
 * @param {string} path
 * @param {string} script
 */
function withJavaScriptImports(path, script) {
  const entry = posix.relative(posix.dirname(path), WORKSPACE_ENTRY);
  const rewritten = script
    .replace(/(\b(?:from|import)\s*\(?\s*)(['"])(\.{1,2}\/[^'"\n]+)\.ts\2/g, '$1$2$3.js$2')
    .replace(
      /(\b(?:from|import)\s*\(?\s*)(['"])@kanda\/otp\2/g,
      `$1$2${entry.startsWith('.') ? entry : `./${entry}`}$2`,
    );
  const left = /['"`](?:\.{1,2}\/[^'"`\n]*\.ts|@kanda\/otp)['"`]/.exec(rewritten);
  if (left !== null) throw new Error(`${path} names ${left[0]} in a way that tools/pack.mjs does not know`);
  return rewritten;
}

// ---- manifests ---------------------------------------------------------------------------------------

function writeManifests() {
  const root = readJson('package.json');
  const server = readJson('apps/server/package.json');
  const otp = readJson('packages/otp/package.json');
  const { [WORKSPACE]: _, ...dependencies } = { ...server.dependencies, ...otp.dependencies };
  const manifest = {
    name: 'kanda',
    version: server.version,
    description: root.description,
    license: root.license,
    keywords: ['totp', '2fa', 'two-factor', 'authentication', 'otp', 'self-hosted'],
    type: 'module',
    bin: { kanda: server.bin.kanda.replace(/^/, 'apps/server/') },
    engines: server.engines,
    dependencies,
  };
  writeJson('package.json', manifest);
  // Where the server looks for its version.
  writeJson('apps/server/package.json', {
    name: server.name,
    version: server.version,
    private: true,
    type: 'module',
  });
  writeJson('npm-shrinkwrap.json', shrinkwrap(manifest));
  fs.writeFileSync(join(stage, 'README.md'), readmeOf(root.description, server.engines.node));
}

/**
 * The exact versions of everything that is installed with the package: those that the tests ran with.
 * @param {{ name: string, version: string, dependencies: Record<string, string> }} manifest
 */
function shrinkwrap(manifest) {
  /** @type {Record<string, LockEntry>} */
  const lock = readJson('package-lock.json').packages;
  /** @type {Record<string, LockEntry>} */
  const kept = {};
  /** @param {string} from @param {string} name */
  const placeOf = (from, name) => {
    for (let folder = from; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf('/node_modules/')))) {
      const place = folder === '' ? `node_modules/${name}` : `${folder}/node_modules/${name}`;
      if (place in lock) return place;
      if (folder === '') return null;
    }
  };
  /** @param {string} from @param {string} name @param {boolean} optional */
  const keep = (from, name, optional) => {
    const place = placeOf(from, name);
    if (place === null) {
      if (optional) return;
      throw new Error(
        `package-lock.json has no ${name}, which ${from || 'the server'} needs: run npm install`,
      );
    }
    if (place in kept) return;
    const entry = /** @type {LockEntry} */ (lock[place]);
    const { dev: _, ...rest } = entry;
    kept[place] = rest;
    for (const dependency of Object.keys(entry.dependencies ?? {})) keep(place, dependency, false);
    for (const dependency of Object.keys(entry.optionalDependencies ?? {})) keep(place, dependency, true);
  };
  for (const name of Object.keys(manifest.dependencies)) keep('', name, false);
  const { name, version } = manifest;
  const packages = Object.fromEntries(Object.entries(kept).sort(([a], [b]) => (a < b ? -1 : 1)));
  return { name, version, lockfileVersion: 3, requires: true, packages: { '': manifest, ...packages } };
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

// ---- small things ------------------------------------------------------------------------------------

/**
 * @param {string} folder where the tarball goes
 * @returns {string} its path
 */
function pack(folder) {
  fs.mkdirSync(folder, { recursive: true });
  const args = ['pack', '--json', '--ignore-scripts', '--loglevel=error', '--pack-destination', folder];
  const { status, stdout, stderr } = spawnSync('npm', args, {
    cwd: stage,
    env: callerEnvironment(),
    encoding: 'utf8',
    timeout: 120_000,
  });
  if (status !== 0) throw new Error(`npm pack ended with ${status}: ${stderr}`);
  return join(folder, JSON.parse(stdout)[0].filename);
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
