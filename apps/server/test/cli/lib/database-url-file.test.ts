import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { readSettings } from '../../../src/cli/lib/settings.ts';

const folder = mkdtempSync(join(tmpdir(), 'kanda-url-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const URL = 'postgres://kanda:hunter2@db:5432/kanda';

function fileOf(text: string, mode = 0o400): string {
  const path = join(folder, `url-${Math.random().toString(36).slice(2)}`);
  writeFileSync(path, text);
  chmodSync(path, mode);
  return path;
}

function refusal(env: Record<string, string>): string {
  try {
    readSettings(env, {});
  } catch (error) {
    return (error as Error).message;
  }
  return 'nothing was refused';
}

describe('KANDA_DATABASE_URL_FILE', () => {
  test('provides the URL in it, by variable and by flag', () => {
    const path = fileOf(`${URL}\n`);
    expect(readSettings({ KANDA_DATABASE_URL_FILE: path }, {}).databaseUrl?.reveal()).toBe(URL);
    expect(readSettings({}, { 'database-url-file': path }).databaseUrl?.reveal()).toBe(URL);
    expect(readSettings({}, {}).databaseUrl).toBeNull();
  });

  test('may be open to a group, as a secret of Kubernetes is, but not to everybody', () => {
    const open = fileOf(URL, 0o440);
    expect(readSettings({ KANDA_DATABASE_URL_FILE: open }, {}).databaseUrl?.reveal()).toBe(URL);
    const path = fileOf(URL, 0o644);
    expect(refusal({ KANDA_DATABASE_URL_FILE: path })).toContain(`chmod 600 '${path}'`);
  });

  test('is refused beside the URL itself, when it is not there, when it is empty, and when what it holds is no URL', () => {
    const both = { KANDA_DATABASE_URL: URL, KANDA_DATABASE_URL_FILE: fileOf(URL) };
    expect(refusal(both)).toMatch(/KANDA_DATABASE_URL_FILE .* is set together with KANDA_DATABASE_URL/);
    expect(refusal({ KANDA_DATABASE_URL_FILE: join(folder, 'none') })).toMatch(/cannot be read: ENOENT/);
    expect(refusal({ KANDA_DATABASE_URL_FILE: fileOf('\n') })).toMatch(/ is empty\.$/);
    const wrong = refusal({ KANDA_DATABASE_URL_FILE: fileOf('mysql://kanda:hunter2@db/kanda') });
    expect(wrong).toMatch(/KANDA_DATABASE_URL .*does not begin with postgres:\/\//);
    expect(wrong).not.toContain('hunter2');
  });
});
