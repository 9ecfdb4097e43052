/** What `npm run provenance` makes of a commit, in a clone of what is here. */
import { execFileSync, spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import { callerEnvironment } from '../../tools/child-environment.mjs';
import { sha256, statementOf } from '../../tools/provenance.ts';

const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const folder = mkdtempSync(join(tmpdir(), 'kanda-provenance-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('names what was made, by its hash, and what it was made of', () => {
  const at = new Date('2026-02-03T04:05:06.000Z');
  const statement = statementOf({
    artifacts: [{ name: 'kanda-0.1.0.tgz', content: Buffer.from('abc') }],
    commit: 'a'.repeat(40),
    repository: 'https://git.example/kanda',
    packageLock: Buffer.from(''),
    nodeVersion: '24.0.0',
    npmVersion: '11.0.0',
    platform: 'linux-x64',
    builder: 'https://ci.example/kanda',
    invocation: 'urn:uuid:1',
    startedOn: at,
    finishedOn: at,
  });
  // FIPS 180-2, B.1, and the hash of nothing.
  expect(statement.subject).toEqual([
    {
      name: 'kanda-0.1.0.tgz',
      digest: { sha256: 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad' },
    },
  ]);
  expect(statement.predicate).toEqual({
    buildDefinition: {
      buildType: 'urn:kanda:build:npm-package:v1',
      externalParameters: {
        source: {
          uri: `git+https://git.example/kanda@${'a'.repeat(40)}`,
          digest: { gitCommit: 'a'.repeat(40) },
        },
      },
      internalParameters: { node: '24.0.0', npm: '11.0.0', platform: 'linux-x64' },
      resolvedDependencies: [
        {
          name: 'source',
          uri: `git+https://git.example/kanda@${'a'.repeat(40)}`,
          digest: { gitCommit: 'a'.repeat(40) },
        },
        {
          name: 'package-lock.json',
          digest: { sha256: 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855' },
        },
      ],
    },
    runDetails: {
      builder: { id: 'https://ci.example/kanda', version: { node: '24.0.0', npm: '11.0.0' } },
      metadata: { invocationId: 'urn:uuid:1', startedOn: at.toISOString(), finishedOn: at.toISOString() },
    },
  });
});

test('one command makes tarball, hashes, bill of materials and statement of a commit, and of nothing else', {
  timeout: 600_000,
}, () => {
  const clone = cloneOfWhatIsHere();
  expect(provenance(clone)).toMatchObject({
    status: 1,
    stderr: expect.stringContaining('site is not built'),
  });

  mkdirSync(join(clone, 'apps/web/dist'), { recursive: true });
  writeFileSync(join(clone, 'apps/web/dist/dashboard.html'), '<!doctype html>');
  const keep = "import { keepSiteStamp, stampOf } from './tools/site-stamp.mjs'; keepSiteStamp(stampOf());";
  execFileSync(process.execPath, ['--input-type=module', '--eval', keep], { cwd: clone });
  writeFileSync(join(clone, 'LICENSE'), 'changed');
  expect(provenance(clone)).toMatchObject({
    status: 1,
    stdout: '',
    stderr: expect.stringMatching(/not in the commit[\s\S]* M LICENSE/),
  });

  git(['checkout', '--quiet', '--', 'LICENSE'], clone);
  const { status, stdout, stderr } = provenance(clone);
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  const made = stdout.trim().split('\n');
  expect(made.map((path) => basename(path).replace(/\d+\.\d+\.\d+/, 'V'))).toEqual([
    'kanda-V.tgz',
    'kanda-V.cdx.json',
    'SHA256SUMS',
    'kanda-V.intoto.json',
  ]);
  const [tarball = '', bill = '', sums = '', statement = ''] = made;
  // The hashes as the reader of a release checks them.
  execFileSync('sha256sum', ['--check', '--strict', sums], { cwd: dirname(sums), stdio: 'pipe' });
  expect(JSON.parse(readFileSync(bill, 'utf8'))).toMatchObject({
    bomFormat: 'CycloneDX',
    metadata: { timestamp: '2026-02-03T04:05:06.000Z' },
  });
  const { subject, predicate } = JSON.parse(readFileSync(statement, 'utf8')) as ReturnType<
    typeof statementOf
  >;
  expect(subject).toEqual(
    [tarball, bill].map((path) => ({ name: basename(path), digest: { sha256: sha256(readFileSync(path)) } })),
  );
  expect(predicate.buildDefinition.resolvedDependencies).toEqual([
    { name: 'source', digest: { gitCommit: git(['rev-parse', 'HEAD'], clone).trim() } },
    { name: 'package-lock.json', digest: { sha256: sha256(readFileSync(join(ROOT, 'package-lock.json'))) } },
  ]);
});

function provenance(clone: string) {
  const args = [join(clone, 'tools/write-provenance.ts'), '--out', join(folder, 'release')];
  return spawnSync(process.execPath, args, { encoding: 'utf8', env: callerEnvironment() });
}

/** A repository whose only commit is the files at hand, changes that are in no commit yet included. */
function cloneOfWhatIsHere(): string {
  const clone = join(folder, 'clone');
  const files = git(['ls-files', '-z', '--cached', '--others', '--exclude-standard'], ROOT).split('\0');
  for (const file of files.filter((path) => path !== '' && existsSync(join(ROOT, path)))) {
    cpSync(join(ROOT, file), join(clone, file), { verbatimSymlinks: true });
  }
  symlinkSync(join(ROOT, 'node_modules'), join(clone, 'node_modules'));
  git(['init', '--quiet'], clone);
  // .gitignore names folders, and this is a link.
  writeFileSync(join(clone, '.git/info/exclude'), 'node_modules\n.runtime\n.tools\n');
  git(['add', '--all'], clone);
  const author = ['-c', 'user.name=A', '-c', 'user.email=a@example.com', '-c', 'commit.gpgSign=false'];
  git([...author, 'commit', '--quiet', '--no-verify', '--message', 'all'], clone);
  return clone;
}

function git(args: readonly string[], cwd: string): string {
  const date = '2026-02-03T04:05:06Z';
  return execFileSync('git', args, {
    cwd,
    encoding: 'utf8',
    env: callerEnvironment({ GIT_AUTHOR_DATE: date, GIT_COMMITTER_DATE: date }),
  });
}
