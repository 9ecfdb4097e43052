/** What docs/operating/keys.md adds to the systemd unit, by systemd's own check and with the settings that Kanda takes. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import { loadConfig } from '../../apps/server/src/config/load.ts';
import { fencedBlocks } from '../../tools/markdown.ts';
import { findTool } from '../support/test-tools.ts';

const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');
const analyze = findTool('systemd-analyze');
const folder = mkdtempSync(join(tmpdir(), 'kanda-key-recipes-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const dropIns = fencedBlocks(read('docs/operating/keys.md')).filter(({ language }) => language === 'ini');

test('name the credential that they load, and a setting', () => {
  expect(dropIns).toHaveLength(1);
  for (const { text } of dropIns) {
    const loaded = /^LoadCredential\w*=([\w.]+):/m.exec(text)?.[1];
    const [, name = '', path = ''] = /^Environment=(\w+)=%d\/(\S+)$/m.exec(text) ?? [];
    expect(path).toBe(loaded);
    expect(loadConfig({ [name]: `/run/credentials/${path}` }, {}).masterKeyFile).toContain(path);
  }
});

test.skipIf(analyze === null)('are lines that systemd understands', () => {
  const unit = read('deploy/systemd/kanda.service').replace(
    '/opt/kanda/node_modules/.bin/kanda',
    process.execPath,
  );
  const verify = (added: string) => {
    const path = join(folder, 'kanda.service');
    writeFileSync(path, `${unit}\n${added}`);
    const { status, stdout, stderr } = spawnSync(analyze ?? '', ['verify', path], { encoding: 'utf8' });
    return { status, said: `${stdout}${stderr}` };
  };
  for (const { text } of dropIns) {
    expect(verify(text)).toEqual({ status: 0, said: '' });
    expect(verify(text.replace('LoadCredential', 'LoadKey')).said).toContain('Unknown key');
  }
});
