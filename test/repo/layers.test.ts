/**
 * Keeps the layers apart: `otp, tlog ← domain ← { store, crypto, background, observability ← http } ← compose ← cli ← main`.
 * Store, crypto, background and http never import each other; `compose/` joins them, and `main.ts` alone reads the
 * environment. See ARCHITECTURE.md.
 */
import { globSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const SERVER = 'apps/server/src/';
const MAIN = `${SERVER}main.ts`;

interface Layer {
  readonly name: string;
  /** Where it stands: a folder, or a file. */
  readonly path: string;
  /** Layers that it may import besides itself. */
  readonly layers: readonly string[];
  /** Packages and built-in modules that it may import; a pattern matches the whole specifier. */
  readonly packages: readonly (string | RegExp)[];
}

const NODE = /^node:/;
const NODE_BUT_STORAGE = /^node:(?!sqlite)/;
/** The layers that compose/ joins. */
const INNER = ['domain', 'store', 'crypto', 'background', 'http', 'observability', 'config'] as const;
const ANY_PACKAGE = [/./];

const LAYERS: readonly Layer[] = [
  { name: 'otp', path: 'packages/otp/src/', layers: [], packages: [/^@noble\/hashes\//] },
  { name: 'tlog', path: 'packages/tlog/src/', layers: [], packages: [] },
  // Web Crypto, which browsers have, too, is no import.
  {
    name: 'formats',
    path: 'packages/formats/src/',
    layers: [],
    packages: ['@kanda/otp', /^@noble\/hashes\//],
  },
  // Runs wherever there is fetch: no dependency, and nothing of Node.
  { name: 'sdk-testing', path: 'packages/sdk/src/testing.ts', layers: ['sdk'], packages: [NODE] },
  // Made of openapi.json.
  { name: 'api-types', path: 'packages/sdk/src/schema.d.ts', layers: [], packages: [] },
  { name: 'sdk', path: 'packages/sdk/src/', layers: ['api-types'], packages: [] },
  {
    name: 'domain',
    path: `${SERVER}domain/`,
    layers: [],
    packages: ['@kanda/otp', '@kanda/tlog', '@kanda/formats'],
  },
  {
    name: 'store',
    path: `${SERVER}store/`,
    layers: ['domain'],
    packages: ['@kanda/otp', '@kanda/tlog', /^kysely(\/|$)/, 'pg', NODE],
  },
  {
    name: 'crypto',
    path: `${SERVER}crypto/`,
    layers: ['domain'],
    packages: ['@kanda/otp', '@kanda/tlog', 'age-encryption', 'jose', /^@zxcvbn-ts\//, NODE_BUT_STORAGE],
  },
  {
    name: 'background',
    path: `${SERVER}background/`,
    layers: ['domain'],
    packages: ['@kanda/tlog', NODE_BUT_STORAGE],
  },
  {
    name: 'http',
    path: `${SERVER}http/`,
    layers: ['domain', 'observability'],
    packages: [
      '@kanda/otp',
      '@kanda/formats',
      /^@?fastify(\/|$)/,
      /^typebox(\/|$)/,
      /^ajv(\/|$)/,
      'qr',
      NODE_BUT_STORAGE,
    ],
  },
  {
    name: 'observability',
    path: `${SERVER}observability/`,
    layers: ['domain'],
    packages: [NODE_BUT_STORAGE],
  },
  { name: 'config', path: `${SERVER}config/`, layers: ['domain'], packages: [NODE_BUT_STORAGE] },
  // Runs on another machine, and speaks with a server over HTTP alone.
  { name: 'witness', path: `${SERVER}witness/`, layers: ['domain'], packages: ['@kanda/tlog', NODE] },
  { name: 'compose', path: `${SERVER}compose/`, layers: INNER, packages: ANY_PACKAGE },
  { name: 'cli', path: `${SERVER}cli/`, layers: [...INNER, 'witness', 'compose'], packages: ANY_PACKAGE },
  { name: 'main', path: MAIN, layers: ['cli', 'compose', 'config'], packages: ANY_PACKAGE },
  // The web knows the server by its API alone: what runs in a browser, and what renders pages at build time.
  {
    name: 'web',
    path: 'apps/web/src/',
    layers: ['api-types'],
    packages: [
      /^react(-dom)?(\/|$)/,
      /^@tanstack\/react-/,
      'radix-ui',
      'd3-scale',
      'openapi-fetch',
      'minisearch',
      'qr',
      'qr/decode.js',
      // The simulated phone computes codes as a phone does, and files of other programs are read, in the browser.
      '@kanda/otp',
      '@kanda/formats',
      // By itself: pages that read no file do not load the formats.
      '@kanda/formats/client-id',
      // An export is made ready in a worker, for an age key or in another format.
      'age-encryption',
    ],
  },
  {
    name: 'pages',
    path: 'apps/web/pages/',
    layers: ['web'],
    packages: [
      /^react(-dom)?(\/|$)/,
      'marked',
      /^@?shiki/,
      'minisearch',
      'qr',
      '@kanda/otp',
      NODE_BUT_STORAGE,
    ],
  },
];

/**
 * What the files do that their layer may not.
 * @param files their text by path from the repository's root, with `/` on every system
 */
function violations(files: ReadonlyMap<string, string>): string[] {
  return [...files].flatMap(([path, source]) => {
    const layer = layerOf(path);
    if (layer === undefined)
      return [`${path} belongs to no layer: add its place to test/repo/layers.test.ts`];
    const imports = importsOf(source)
      .filter((specifier) => !mayImport(layer, path, specifier))
      .map((specifier) => `${path} (${layer.name}) imports ${specifier}`);
    const environment =
      path !== MAIN && readsEnvironment(source) ? [`${path} reads process.env; main.ts alone does`] : [];
    return [...imports, ...environment];
  });
}

function layerOf(path: string): Layer | undefined {
  return LAYERS.find((layer) =>
    layer.path.endsWith('/') ? path.startsWith(layer.path) : path === layer.path,
  );
}

function mayImport(layer: Layer, from: string, specifier: string): boolean {
  if (!specifier.startsWith('.')) {
    return layer.packages.some((allowed) =>
      typeof allowed === 'string' ? allowed === specifier : allowed.test(specifier),
    );
  }
  const target = layerOf(posix.join(posix.dirname(from), specifier));
  return target !== undefined && (target.name === layer.name || layer.layers.includes(target.name));
}

/** The module names in `import … from`, `export … from`, `import '…'` and `import('…')`, types included. */
function importsOf(source: string): string[] {
  const statements = /^\s*(?:import|export)\b[^'"`;]*?\bfrom\s*['"]([^'"]+)['"]/gm;
  const bare = /^\s*import\s*['"]([^'"]+)['"]/gm;
  const calls = /\b(?:import|require)\s*\(\s*['"`]([^'"`]+)['"`]/g;
  return [statements, bare, calls].flatMap((pattern) =>
    [...source.matchAll(pattern)].map((match) => match[1] ?? ''),
  );
}

function readsEnvironment(source: string): boolean {
  const code = source.replaceAll(/\/\*[\s\S]*?\*\//g, '').replaceAll(/(^|\s)\/\/.*$/gm, '');
  return /\bprocess\s*(\?\.|\.)\s*env\b|\benv\b[^'";]*from 'node:process'|\bloadEnvFile\b/.test(code);
}

function sourceFiles(): Map<string, string> {
  const folders = [
    'packages/otp/src',
    'packages/tlog/src',
    'packages/formats/src',
    'packages/sdk/src',
    'apps/server/src',
    'apps/web/src',
    'apps/web/pages',
  ];
  const paths = folders.flatMap((folder) => globSync(`${folder}/**/*.{ts,tsx}`, { cwd: ROOT }));
  return new Map(
    paths.sort().map((path) => [path.replaceAll('\\', '/'), readFileSync(`${ROOT}/${path}`, 'utf8')]),
  );
}

test('imports point inwards, and main.ts alone reads the environment', () => {
  const files = sourceFiles();
  expect(files.size).toBeGreaterThan(10);
  expect(violations(files)).toEqual([]);
});

test.each([
  [
    `${SERVER}http/server/app.ts`,
    "import { open } from '../../store/sqlite/open.ts';",
    '../../store/sqlite/open.ts',
  ],
  [
    `${SERVER}http/server/app.ts`,
    "import type { Key } from '../../crypto/keyring.ts';",
    '../../crypto/keyring.ts',
  ],
  [`${SERVER}compose/installation.ts`, "import { ask } from '../cli/ask.ts';", '../cli/ask.ts'],
  [`${SERVER}observability/metrics/metrics.ts`, "import '../../http/server/app.ts';", 'app.ts'],
  [`${SERVER}http/server/app.ts`, "import { DatabaseSync } from 'node:sqlite';", 'node:sqlite'],
  [`${SERVER}http/server/app.ts`, "import { sign } from 'jose';", 'jose'],
  [`${SERVER}store/sqlite/open.ts`, "import { seal } from '../../crypto/box.ts';", '../../crypto/box.ts'],
  [`${SERVER}crypto/box.ts`, "import { Kysely } from 'kysely';", 'kysely'],
  [`${SERVER}crypto/box.ts`, "import { SCHEMA } from '../config/schema.ts';", '../config/schema.ts'],
  [`${SERVER}domain/decide.ts`, "import {\n  a,\n  b,\n} from '../http/app.ts';", '../http/app.ts'],
  [`${SERVER}domain/decide.ts`, "import { randomBytes } from 'node:crypto';", 'node:crypto'],
  [`${SERVER}domain/decide.ts`, "export * from '../store/ports.ts';", '../store/ports.ts'],
  [`${SERVER}domain/decide.ts`, "const box = await import('../crypto/box.ts');", '../crypto/box.ts'],
  [`${SERVER}domain/decide.ts`, "import '../main.ts';", '../main.ts'],
  [
    'packages/otp/src/totp.ts',
    "import { Fault } from '../../../apps/server/src/domain/errors.ts';",
    'errors',
  ],
  ['packages/otp/src/totp.ts', "import { readFileSync } from 'node:fs';", 'node:fs'],
  ['packages/formats/src/parse.ts', "import { readFileSync } from 'node:fs';", 'node:fs'],
  ['packages/sdk/src/transport.ts', "import { randomUUID } from 'node:crypto';", 'node:crypto'],
  ['packages/tlog/src/note.ts', "import { sign } from 'node:crypto';", 'node:crypto'],
  [`${SERVER}utils/strings.ts`, 'export {};', 'belongs to no layer'],
  [
    'apps/web/src/dashboard/main.tsx',
    "import { EVENT_TYPES } from '../../../server/src/domain/events.ts';",
    'events',
  ],
  ['apps/web/pages/front.tsx', "import { ROUTES } from '../../server/src/http/app.ts';", 'app.ts'],
  [`${SERVER}http/server/app.ts`, 'const level = process.env.KANDA_LOG_LEVEL;', 'process.env'],
  [`${SERVER}cli/serve.ts`, "import { env } from 'node:process';", 'process.env'],
])('a planted violation in %s is found: %s', (path, source, expected) => {
  expect(violations(new Map([[path, source]]))).toEqual([expect.stringContaining(expected)]);
});

test.each([
  [`${SERVER}http/routes/validate.ts`, "import { decide } from '../../domain/decide.ts';"],
  [`${SERVER}http/routes/validate.ts`, "import { problem } from '../problem.ts';\nimport 'fastify';"],
  [`${SERVER}http/openapi.ts`, "import swagger from '@fastify/swagger';"],
  [`${SERVER}store/sqlite/open.ts`, "import { DatabaseSync } from 'node:sqlite';"],
  [
    `${SERVER}domain/decide.ts`,
    "// import { open } from '../store/open.ts' would be wrong, as would process.env",
  ],
  [MAIN, "import { createProgram } from './cli/program.ts';\nconst { env } = process;\nrun(process.env);"],
])('what %s may do is not a violation: %s', (path, source) => {
  expect(violations(new Map([[path, source]]))).toEqual([]);
});
