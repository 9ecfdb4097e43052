/**
 * Turning keys on a full disk says that, changes nothing by halves, and goes on when there is room. The disk is a real
 * file system of 8 MB, mounted in a namespace of its own, where a server runs.
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import { bareEnvironment } from '../../tools/child-environment.mjs';
import { temporaryFolder } from '../support/kanda-process.ts';

const KANDA = fileURLToPath(new URL('../../apps/server/bin/kanda.mjs', import.meta.url));

/** Arguments: Node, Kanda, the folder of the disk, one on another disk. Each part's output begins with its name. */
const SCRIPT = `
  node="$1"; kanda="$2"; disk="$3"; other="$4"
  mount -t tmpfs -o size=8m tmpfs "$disk"
  run() { "$node" "$kanda" "$@" --data-dir "$disk/data" 2>&1; echo "status $?"; }
  echo 'seven quiet herons over the pond' |
    "$node" "$kanda" account create --email a@example.com --password-stdin --data-dir "$disk/data" > "$other/made" 2>&1
  cp "$disk/data/master.key" "$other/master.key"
  "$node" "$kanda" serve --port 0 --data-dir "$disk/data" > "$other/log" 2>&1 &
  server=$!
  while ! grep -q 'listens on' "$other/log"; do sleep 0.1; done
  fill() { dd if=/dev/zero of="$disk/filler" bs=4k 2> /dev/null; }
  fill
  echo '== key file'; run keys rotate
  echo '== unchanged'; cmp "$disk/data/master.key" "$other/master.key" && ls "$disk/data"
  kill -TERM $server; wait $server
  # SQLite's index of the log fits, and the first pages of the log.
  fill; truncate -s -40k "$disk/filler"
  echo '== signing'; KANDA_MASTER_KEY_FILE="$other/master.key" run keys rotate --signing
  echo '== store'; KANDA_MASTER_KEY_FILE="$other/master.key" run keys rotate
  rm "$disk/filler"
  echo '== again'; KANDA_MASTER_KEY_FILE="$other/master.key" run keys rotate
  echo '== signing again'; KANDA_MASTER_KEY_FILE="$other/master.key" run keys rotate --signing
`;

const canMount =
  spawnSync('unshare', ['-rm', '/bin/sh', '-ec', 'mount -t tmpfs tmpfs "$1"', 'sh', temporaryFolder()])
    .status === 0;
if (!canMount) {
  console.warn('SKIPPED: this user may not mount in a namespace (unshare -rm): no disk here is full');
}

describe.skipIf(!canMount)('on a full disk', () => {
  const said = new Map<string, string>();
  const of = (part: string) => said.get(part) ?? '';

  beforeAll(() => {
    const { stdout, stderr } = spawnSync(
      'unshare',
      ['-rm', '/bin/sh', '-c', SCRIPT, 'sh', process.execPath, KANDA, temporaryFolder(), temporaryFolder()],
      { env: bareEnvironment(), encoding: 'utf8' },
    );
    for (const part of `${stdout}${stderr}`.split('== ').slice(1)) {
      const end = part.indexOf('\n');
      said.set(part.slice(0, end), part.slice(end + 1));
    }
  });

  test('no master key is made, and the file is as it was', () => {
    expect(of('key file')).toMatch(
      /master\.key cannot be replaced .*The disk is full: make room on it, and run this again\. No key was made/,
    );
    expect(of('key file')).not.toContain('If something else keeps this file');
    expect(of('key file')).toContain('status 1');
    expect(of('unchanged')).toContain('master.key');
    expect(of('unchanged')).not.toMatch(/draft|differ/);
  });

  test('a rotation that cannot go on says so, and what to do', () => {
    expect(of('store')).toMatch(/A new master key was made/);
    expect(of('store')).toMatch(
      /The disk is full, so not everything is under master key [0-9a-f]{16} yet\. .*it goes on from there/s,
    );
    expect(of('store')).toContain('status 1');
  });

  test('no signing key is made', () => {
    expect(of('signing')).toMatch(/disk is full/);
    expect(of('signing')).toContain('status 1');
  });

  test('with room, both go on and end', () => {
    expect(of('again')).toMatch(/everything is under this master key now: [1-9]\d* keys wrapped anew/);
    expect(of('again')).toContain('status 0');
    expect(of('signing again')).toMatch(/signs receipts from/);
    expect(of('signing again')).toContain('status 0');
  });
});
