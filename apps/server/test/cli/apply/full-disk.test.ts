/**
 * A key whose file cannot be written after the key was made. Seen to fail without what takes it back: the key was there, no
 * one had its text, and the same command was refused from then on.
 */
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { endAll, temporaryFolder } from '../../../../../test/support/kanda-process.ts';
import { canMount, fill, mountSmall, unmount } from '../../../../../test/support/small-disk.ts';
import { kanda, kandaDone, PASSWORD } from '../lib/run-kanda.ts';

afterAll(endAll);

describe.skipIf(!canMount)('on a disk that is full', () => {
  test('key and webhook are taken back, which is said, and the same command makes them when there is room', async () => {
    const folder = temporaryFolder();
    const disk = join(folder, 'disk');
    const dataDir = join(folder, 'data');
    mkdirSync(disk);
    mountSmall(disk, '16k');
    try {
      const file = (key: string) => {
        const path = join(folder, 'kanda.yaml');
        writeFileSync(join(folder, 'password.txt'), `${PASSWORD}\n`);
        writeFileSync(path, `accounts: [{ email: you@example.com, passwordFile: password.txt, ${key} }]`);
        return path;
      };
      const apply = (path: string) => kanda(['apply', path, '--yes', '--data-dir', dataDir]);
      const key = file(`keys: [{ name: web shop, file: ${join(disk, 'web-shop.key')} }]`);
      fill(join(disk, 'filler'));
      const lost = await apply(key);
      expect(lost.code).toBe(1);
      expect(lost.stderr).toMatch(/web-shop\.key could not be written: ENOSPC.*It was taken back/);
      const keys = () =>
        kandaDone(['key', 'list', '--account', 'you@example.com', '--json', '--data-dir', dataDir]);
      expect(JSON.parse((await keys()).stdout)).toEqual([]);
      expect(readdirSync(disk)).toEqual(['filler']);
      const webhook = file(
        `webhooks: [{ url: https://app.example.com/kanda, secretFile: ${join(disk, 'webhook.secret')} }]`,
      );
      expect((await apply(webhook)).stderr).toContain('It was taken back');
      rmSync(join(disk, 'filler'));
      for (const path of [webhook, file(`keys: [{ name: web shop, file: ${join(disk, 'web-shop.key')} }]`)])
        expect(await apply(path)).toMatchObject({ code: 0 });
      expect(JSON.parse((await keys()).stdout)).toHaveLength(1);
    } finally {
      unmount(disk);
    }
  });
});
