/**
 * Puts the server's program into a few files, `apps/server/dist/`, which `bin/kanda.mjs` runs while they are newer than what
 * they were made of. From its 800 files a command takes three times as long to begin. Nothing depends on it: without it the
 * files themselves are run. See docs/decisions/0041-one-file.md.
 *
 * `node tools/bundle.mjs [--out <folder>] [--own]`; with `--own` packages of others stay outside, as the npm package brings
 * them with their licences.
 */
import * as fs from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { rolldown } from 'rolldown';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const SERVER = join(ROOT, 'apps', 'server');
/** How long files of earlier builds are kept. */
const KEPT_MS = 30 * 24 * 60 * 60 * 1000;

/**
 * Files that are found relative to a source are found from there, not from the file that it is in now.
 * @type {import('rolldown').Plugin}
 */
const placesOfSources = {
  name: 'places-of-sources',
  transform(code, id) {
    if (!id.startsWith(SERVER) || !code.includes('import.meta.url')) return null;
    const place = JSON.stringify(`../${relative(SERVER, id).replaceAll('\\', '/')}`);
    return code.replaceAll('import.meta.url', `new URL(${place}, import.meta.url).href`);
  },
};

const { values } = parseArgs({
  options: {
    out: { type: 'string', default: join(SERVER, 'dist') },
    own: { type: 'boolean', default: false },
  },
});
await bundle(resolve(values.out), values.own);

/**
 * @param {string} folder where it is run from is `apps/server/dist`, wherever it is made
 * @param {boolean} own
 */
async function bundle(folder, own) {
  const begun = new Date();
  const build = await rolldown({
    // Comments name files from here, wherever it is run.
    cwd: ROOT,
    input: join(SERVER, 'src', 'main.ts'),
    platform: 'node',
    // pg asks for pg-native, and does without.
    external: own ? (id) => !/^(?:[./]|@kanda\/)/.test(id) : [/^node:/, 'pg-native'],
    plugins: [placesOfSources],
    onLog: (level, log, handle) => {
      if (level === 'warn') throw new Error(log.message);
      handle(level, log);
    },
  });
  const names = { entryFileNames: 'main.js', chunkFileNames: '[name]-[hash].js' };
  const { output } = await build.generate({ format: 'esm', ...names });
  await build.close();
  replace(
    folder,
    new Map(output.map((file) => [file.fileName, file.type === 'chunk' ? file.code : file.source])),
    begun,
  );
}

/**
 * @param {string} folder
 * @param {ReadonlyMap<string, string | Uint8Array>} files
 * @param {Date} begun what was edited later is newer than `main.js`, which gets this time
 */
function replace(folder, files, begun) {
  fs.mkdirSync(folder, { recursive: true });
  // The one that names the others last, and each whole: a process may begin just now.
  const names = [...files.keys()].sort(
    (one, other) => Number(one === 'main.js') - Number(other === 'main.js'),
  );
  for (const name of names) {
    const draft = join(folder, `${name}.${process.pid}`);
    fs.writeFileSync(draft, files.get(name) ?? '');
    if (name === 'main.js') fs.utimesSync(draft, begun, begun);
    fs.renameSync(draft, join(folder, name));
  }
  // A server that runs may yet ask for files of the program that it was started from.
  const old = begun.getTime() - KEPT_MS;
  for (const name of fs.readdirSync(folder)) {
    const path = join(folder, name);
    if (!files.has(name) && fs.statSync(path).mtimeMs < old) fs.rmSync(path);
  }
}
