/**
 * Everything that a release consists of, with one command: `npm run provenance -- --out <folder> [--builder <URI>]`
 * writes the tarball, its SHA-256, the bill of materials and the provenance statement. Only from a commit: a statement
 * that names one over files that are not in it would be untrue.
 */
import { spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { callerEnvironment } from './child-environment.mjs';
import { sha256, statementOf } from './provenance.ts';
import { makeSbom } from './sbom.ts';
import { isSiteBuilt } from './site-stamp.mjs';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const { values } = parseArgs({
  options: {
    out: { type: 'string', default: join(ROOT, 'release') },
    builder: { type: 'string', default: 'urn:kanda:builder:unnamed' },
  },
});

const startedOn = new Date();
const commit = cleanCommit();
if (!isSiteBuilt()) refuse('The site is not built from these files: run `node tools/setup.mjs` first.');

const out = resolve(values.out);
mkdirSync(out, { recursive: true });
const tarball = run(process.execPath, [join(ROOT, 'tools', 'pack.mjs'), '--out', out]).trim();
const name = basename(tarball, '.tgz');
const sbom = Buffer.from(`${JSON.stringify(sbomOf(commit), null, 2)}\n`);
const artifacts = [
  { name: `${name}.tgz`, content: readFileSync(tarball) },
  { name: `${name}.cdx.json`, content: sbom },
];
const remote = spawnSync('git', ['remote', 'get-url', 'origin'], { cwd: ROOT, encoding: 'utf8' });
const statement = statementOf({
  artifacts,
  commit,
  repository: remote.status === 0 ? publicUrl(remote.stdout.trim()) : null,
  packageLock: readFileSync(join(ROOT, 'package-lock.json')),
  nodeVersion: process.versions.node,
  npmVersion: run('npm', ['--version']).trim(),
  platform: `${process.platform}-${process.arch}`,
  builder: values.builder,
  invocation: `urn:uuid:${randomUUID()}`,
  startedOn,
  finishedOn: new Date(),
});

write(`${name}.cdx.json`, sbom);
write('SHA256SUMS', artifacts.map(({ name, content }) => `${sha256(content)}  ${name}\n`).join(''));
write(`${name}.intoto.json`, `${JSON.stringify(statement, null, 2)}\n`);
for (const file of [`${name}.tgz`, `${name}.cdx.json`, 'SHA256SUMS', `${name}.intoto.json`])
  console.log(join(out, file));

function cleanCommit(): string {
  const changed = git(['status', '--porcelain']);
  if (changed !== '') refuse(`These files are not in the commit that the statement would name:\n${changed}`);
  return git(['rev-parse', 'HEAD']).trim();
}

/** The bill of materials with nothing in it that differs from one build of a commit to the next. */
function sbomOf(commit: string): object {
  const { serialNumber: _, ...bill } = makeSbom(ROOT) as ReturnType<typeof makeSbom> & {
    serialNumber?: string;
  };
  const timestamp = new Date(git(['show', '--no-patch', '--format=%cI', commit]).trim()).toISOString();
  return { ...bill, metadata: { ...bill.metadata, timestamp } };
}

/** The URL without a password that it may hold; null for a path on this machine. */
function publicUrl(remote: string): string | null {
  if (!URL.canParse(remote)) return null;
  const url = new URL(remote);
  if (!['https:', 'http:', 'ssh:', 'git:'].includes(url.protocol)) return null;
  url.username = '';
  url.password = '';
  return url.href;
}

function git(args: readonly string[]): string {
  return run('git', args);
}

function run(program: string, args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(program, args, {
    cwd: ROOT,
    encoding: 'utf8',
    env: callerEnvironment(),
  });
  if (status !== 0) refuse(`${basename(program)} ${args.join(' ')} ended with ${status}:\n${stderr}`);
  return stdout;
}

function write(name: string, content: string | Buffer): void {
  writeFileSync(join(out, name), content);
}

function refuse(reason: string): never {
  console.error(reason);
  process.exit(1);
}
