/**
 * Servers of other releases. The one after this one, as far as its tables go, is this tree's server with further
 * migrations. The one before is kept in a file. Each is another program in another folder.
 */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  copyFileSync,
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliDecompressSync } from 'node:zlib';
import { bareEnvironment } from '../../tools/child-environment.mjs';
import { type AccountAccess, Caller, openAccount } from './caller.ts';
import { KandaProcess, temporaryFolder } from './kanda-process.ts';
import { ENDS_WITHIN_MS } from './patience.ts';
import { databaseOf } from './test-database.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
/** What the server reads while it runs. */
const COPIED = [
  'package.json',
  'apps/server/package.json',
  'apps/server/bin',
  'apps/server/src',
  'docs/errors',
];
const SHARED = ['node_modules', 'packages'];

/**
 * @param migrations SQL by name; the names are later than those of this tree
 * @returns the path of its `kanda.mjs`; `endAll` removes it
 */
export function nextRelease(migrations: Readonly<Record<string, string>>): string {
  const folder = temporaryFolder();
  for (const path of COPIED) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    cpSync(join(ROOT, path), join(folder, path), { recursive: true });
  }
  for (const path of SHARED) symlinkSync(join(ROOT, path), join(folder, path));
  const index = join(folder, 'apps/server/src/store/migrations/index.ts');
  const before = readFileSync(index, 'utf8');
  const steps = Object.entries(migrations).map(
    ([name, text]) =>
      `${JSON.stringify(name)}: () => ({ up: async (db) => { await sql.raw(${JSON.stringify(text)}).execute(db); } }),`,
  );
  const after = before
    .replace(/^const MIGRATIONS[^{]*\{$(.*?)^\};$/ms, (table) =>
      table.replace(/\};$/, `${steps.join('\n')}\n};`),
    )
    .replace("import type { Kysely } from 'kysely';", "import { type Kysely, sql } from 'kysely';");
  if (!after.includes(steps[0] ?? '') || !after.includes('Kysely, sql'))
    throw new Error(`${index} has another form`);
  writeFileSync(index, after);
  return join(folder, 'apps/server/bin/kanda.mjs');
}

/**
 * The server of the release before: the newest commit that lacks the migrations that came last. After a release, make it
 * anew of that release's commit, and name it after the newest migration that it has:
 *
 *     git archive COMMIT package.json apps/server/{package.json,bin,src} docs/errors packages/{otp,tlog,formats}/{package.json,src} |
 *       node -e "process.stdout.write(zlib.brotliCompressSync(fs.readFileSync(0)))" >test/postgres/fixtures/release-0025.tar.br
 */
const EARLIER = new URL('../postgres/fixtures/release-0025.tar.br', import.meta.url);
/** The newest migration that it knows. */
export const EARLIER_KNOWS = '0025-ended-accounts';

/** @returns the path of its `kanda.mjs`; `endAll` removes it */
export function earlierRelease(): string {
  const folder = temporaryFolder();
  const archive = brotliDecompressSync(readFileSync(EARLIER));
  execFileSync('tar', ['-x', '-C', folder], { input: archive });
  const modules = join(folder, 'node_modules');
  mkdirSync(modules);
  for (const name of readdirSync(join(ROOT, 'node_modules'))) {
    if (name !== '@kanda') symlinkSync(join(ROOT, 'node_modules', name), join(modules, name));
  }
  symlinkSync(join(folder, 'packages'), join(modules, '@kanda'));
  return join(folder, 'apps/server/bin/kanda.mjs');
}

/** Runs a command of one version or another to its end. */
export async function runProgram(
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<{ readonly code: number | null; readonly output: string }> {
  const child = spawn(process.execPath, [program, ...args], {
    env: bareEnvironment(env),
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: ENDS_WITHIN_MS,
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, output };
}

export const readiness = async ({ url }: KandaProcess): Promise<number> =>
  (await fetch(`${url}/readyz`)).status;

/** A server of this release with an account, and what the next release is tried with on the same database. */
export class Releases {
  readonly env: Readonly<Record<string, string>>;
  readonly current: KandaProcess;
  readonly access: AccountAccess;

  private constructor(env: Readonly<Record<string, string>>, current: KandaProcess, access: AccountAccess) {
    this.env = env;
    this.current = current;
    this.access = access;
  }

  /** @param program whose `kanda.mjs` serves; absent: this tree's */
  static async begin(program?: string): Promise<Releases> {
    const dataDir = temporaryFolder();
    const env = { KANDA_DATABASE_URL: await databaseOf(dataDir) };
    const of = program === undefined ? {} : { program };
    const current = await KandaProcess.start({ dataDir, env, ...of });
    return new Releases(env, current, await openAccount(current.url));
  }

  /** Another server of this release. */
  startBeside(): Promise<KandaProcess> {
    return KandaProcess.start({ dataDir: this.#folder(), env: this.env });
  }

  /** A server of another release. */
  startNext(program: string): Promise<KandaProcess> {
    return KandaProcess.start({ program, dataDir: this.#folder(), env: this.env });
  }

  migrate(program: string, ...flags: string[]) {
    return runProgram(program, ['migrate', '--data-dir', this.#folder(), ...flags], this.env);
  }

  /** Calls of the account to a server. */
  at({ url }: KandaProcess, sockets?: number): Caller {
    return new Caller(url).withBearer(this.access.apiKey, sockets);
  }

  /** Another machine's, with the same master key. */
  #folder(): string {
    const folder = temporaryFolder();
    copyFileSync(join(this.current.dataDir, 'master.key'), join(folder, 'master.key'));
    return folder;
  }
}
