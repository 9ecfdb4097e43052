/**
 * The commands of docs/operating/deploying.md, run as they stand, in places of a temporary folder instead of /opt and
 * /etc. Docker, a cluster and systemd itself are not here: for those a stand-in looks at what the command names.
 */
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import { callerEnvironment } from '../../tools/child-environment.mjs';
import { fencedBlocks } from '../../tools/markdown.ts';
import { ShellSession } from '../support/document-session.ts';
import { findTool } from '../support/test-tools.ts';

const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const folder = mkdtempSync(join(tmpdir(), 'kanda-deploying-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const page = readFileSync(join(ROOT, 'docs/operating/deploying.md'), 'utf8');
const blocks = fencedBlocks(page).filter(({ language }) => language === 'sh');
const bin = join(folder, 'bin');
const asked = join(folder, 'asked');

/** Notes what it was asked, and fails when that names a file of this repository that is not there. */
const NOTES = `for word in "$@"; do
  case "$word" in deploy/*) [ -e "$word" ] || { echo "there is no $word" >&2; exit 1; } ;; esac
done
echo "$(basename "$0") $*" >> '${asked}'
case "$*" in */dev/stdin*) cat > /dev/null ;; esac`;

function standIn(program: string, script: string): void {
  mkdirSync(bin, { recursive: true });
  writeFileSync(join(bin, program), `#!/bin/sh\nset -eu\n${script}\n`);
  chmodSync(join(bin, program), 0o755);
}

const [helm, analyze] = [findTool('helm'), findTool('systemd-analyze')];

test('the commands of deploying.md do what they say', { timeout: 300_000 }, async () => {
  for (const program of ['docker', 'kubectl', 'systemctl', 'sudo']) standIn(program, NOTES);
  // No user is made for it: what it would start is run.
  standIn('systemd-run', `${NOTES}\nwhile [ "\${1#/}" = "$1" ]; do shift; done\nexec "$@"`);
  // There is no cluster: what would be sent to it is made.
  const template = helm === null ? '' : `shift 2; exec '${helm}' template --kube-version 1.32 "$@"`;
  standIn('helm', `${NOTES}\n[ "$1 $2" = "upgrade --install" ] || exit 1\n${template}`);
  const verify =
    analyze === null
      ? ''
      : `sed 's|/opt/kanda|${folder}/opt/kanda|' "$2" > '${folder}/kanda.service'\nexec '${analyze}' "$1" '${folder}/kanda.service'`;
  standIn('systemd-analyze', `${NOTES}\n${verify}`);

  const here = (command: string) =>
    command
      .replaceAll('/opt/', `${folder}/opt/`)
      .replaceAll('/etc/', `${folder}/etc/`)
      .replaceAll('/tmp/kanda-package', `${folder}/package`)
      // The site has tests of its own, and its folder may be rebuilt at the moment.
      .replace('npm run build -w @kanda/web', ':')
      .replace('npm install ', 'npm install --prefer-offline ');
  const PATH = [bin, dirname(process.execPath), callerEnvironment().PATH].join(delimiter);
  const session = new ShellSession(folder, callerEnvironment({ PATH }), ROOT);
  let printed = '';
  for (const { text } of blocks) printed += await session.run(here(text));
  await session.end();

  const { version } = JSON.parse(readFileSync(join(ROOT, 'apps/server/package.json'), 'utf8'));
  expect(printed).toContain(`kanda-${version}.tgz\n`);
  expect(printed).toContain(`\n${version}\n`);
  if (helm !== null) expect(printed).toContain('kind: Deployment');
  expect(readFileSync(join(folder, 'etc/kanda/kanda.env'), 'utf8')).toContain(
    'KANDA_TRUSTED_PROXIES=127.0.0.1',
  );
  expect(existsSync(join(folder, 'etc/systemd/system/kanda.service'))).toBe(true);

  const commands = readFileSync(asked, 'utf8').trim().split('\n');
  console.warn(
    `NOT RUN, only looked at:\n${commands.filter((line) => !/^(helm|systemd-analyze)/.test(line)).join('\n')}`,
  );
  expect(commands.filter((line) => line.startsWith('docker '))).toHaveLength(5);
  // The version that is shown is the one that is built.
  for (const [, shown] of page.matchAll(/kanda:(\d+\.\d+\.\d+)/g)) expect(shown).toBe(version);
});
