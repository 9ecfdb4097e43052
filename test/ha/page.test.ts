/**
 * docs/operating/high-availability.md shows the files that are used, and its commands make them. Those that need a
 * running cluster are run in failover.test.ts, by the trial itself.
 */
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { callerEnvironment } from '../../tools/child-environment.mjs';
import { SYSTEM_TOOLS } from '../../tools/system-tools.mjs';
import { type HaFile, readHaFile } from './configuration.ts';
import { pageBlocks, runFromPage } from './page.ts';

const FILES: readonly HaFile[] = ['etcd.env', 'patroni.yml', 'haproxy.cfg', 'kanda.env', 'database.sql'];

/** A text of each block that is run here, with stand-ins for what would change this machine. */
const RUN_HERE = ['etcd-server', 'restart patroni', 'stop patroni', 'install --yes haproxy', '@MASTER_KEY@'];
/** A text of each block that the trial runs in its cluster. */
const RUN_IN_A_TRIAL = [
  '--file deploy/ha/database.sql',
  ' list',
  'show synchronous',
  'switchover',
  'edit-config',
];

const folder = mkdtempSync(join(tmpdir(), 'kanda-ha-page-'));
const etc = join(folder, 'etc');
const asked = join(folder, 'asked');
const bin = join(folder, 'bin');
afterAll(() => rmSync(folder, { recursive: true, force: true }));

for (const path of [
  bin,
  join(etc, 'default'),
  join(etc, 'patroni'),
  join(etc, 'haproxy'),
  join(etc, 'kanda'),
]) {
  mkdirSync(path, { recursive: true });
}
for (const program of ['apt-get', 'chown', 'systemctl']) {
  writeFileSync(join(bin, program), `#!/bin/sh\necho "${program} $*" >> '${asked}'\n`);
  chmodSync(join(bin, program), 0o755);
}

test('each shell block of the page is run by one of the tests', () => {
  const known = [...RUN_HERE, ...RUN_IN_A_TRIAL];
  const counts = pageBlocks()
    .filter(({ language }) => language === 'sh')
    .map(({ text, line }) => ({ line, tests: known.filter((part) => text.includes(part)).length }));
  expect(counts.filter(({ tests }) => tests !== 1)).toEqual([]);
  expect(counts).toHaveLength(known.length);
});

test('the page shows each file as it is', () => {
  const shown = pageBlocks().map(({ text }) => text);
  for (const file of FILES) expect(shown, file).toContain(readHaFile(file));
});

test('its commands make the files of a host and ask for packages that the trials are made of', async () => {
  const env = { PATH: [bin, callerEnvironment().PATH].join(delimiter) };
  for (const part of RUN_HERE) {
    const places = part.endsWith(' patroni') ? {} : { ' /etc/': ` ${etc}/` };
    await runFromPage(part, places, env);
  }
  const made = (path: string) => readFileSync(join(etc, path), 'utf8');
  for (const [path, file] of [
    ['default/etcd', 'etcd.env'],
    ['patroni/config.yml', 'patroni.yml'],
  ] as const) {
    expect(made(path)).toBe(
      readHaFile(file).replace(/(.*)/g, (line) =>
        line.replace('@NAME@', 'db1').replace('@ADDRESS@', '192.0.2.11'),
      ),
    );
    expect(
      made(path)
        .split('\n')
        .filter((line) => !line.startsWith('#'))
        .join('\n'),
    ).not.toMatch(/@[A-Z]+@/);
  }
  expect(made('haproxy/haproxy.cfg')).toBe(readHaFile('haproxy.cfg'));
  const [, key = ''] = /^KANDA_MASTER_KEY=(.*)$/m.exec(made('kanda/kanda.env')) ?? [];
  expect(Buffer.from(key, 'base64')).toHaveLength(32);

  const installed = readFileSync(asked, 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('apt-get install --yes '))
    .flatMap((line) => line.split(' ').slice(3));
  const packages = new Set(SYSTEM_TOOLS.flatMap((tool) => tool.packages));
  expect(installed.filter((name) => !packages.has(name))).toEqual([]);
  expect(installed).toHaveLength(5);
});
