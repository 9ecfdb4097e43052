import {
  chmodSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { MasterKeyError, type MasterKeys, parseMasterKeys } from '../../src/crypto/master-key.ts';
import {
  readMasterKeyFile,
  replaceMasterKeyFile,
  watchMasterKeyFile,
} from '../../src/crypto/master-key-file.ts';
import { Secret } from '../../src/domain/secret.ts';
import { masterKey, masterKeyText, temporaryDirectory } from './fixtures.ts';

const old = masterKey('old');
const next = masterKey('next');
const idsOf = (masterKeys: MasterKeys | null) => masterKeys?.map(({ id }) => id) ?? null;

/** A key file with these keys, each on a line. */
function keyFile(...names: string[]): string {
  const path = join(temporaryDirectory(), 'master.key');
  writeFileSync(path, names.map((name) => `${masterKeyText(name)}\n`).join(''), { mode: 0o600 });
  return path;
}

describe('several master keys in one text', () => {
  const parse = (text: string) => parseMasterKeys(new Secret(text), 'KANDA_MASTER_KEY');

  it.each([
    ['lines', '\n'],
    ['lines of Windows', '\r\n'],
    ['commas', ','],
    ['commas and spaces', ' , '],
    ['empty lines', '\n\n\n'],
  ])('are distinguished by %s, and the first is the current one', (_name, between) => {
    const text = `${masterKeyText('next')}${between}${masterKeyText('old')}${between}`;
    expect(idsOf(parse(text))).toEqual([next.id, old.id]);
  });

  it('are each there once, however often they are written', () => {
    const text = ['next', 'old', 'next', 'old'].map(masterKeyText).join(',');
    expect(idsOf(parse(text))).toEqual([next.id, old.id]);
  });

  it('are refused when one of them is none, and the message says which and does not repeat it', () => {
    const damaged = masterKeyText('old').slice(1);
    const text = `${masterKeyText('next')}\n${damaged}`;
    expect(() => parse(text)).toThrow(/^Key 2 of KANDA_MASTER_KEY (holds|is not)/);
    expect(() => parse(text)).not.toThrow(damaged.slice(0, 10));
    expect(() => parse(' ,\n')).toThrow(MasterKeyError);
    expect(() => parse('')).toThrow(/^KANDA_MASTER_KEY is empty/);
  });
});

describe('replacing a master key file', () => {
  it('puts all keys there in their order, with the mode that the file had, and leaves nothing beside it', () => {
    const path = keyFile('old');
    chmodSync(path, 0o640);
    replaceMasterKeyFile(path, [next, old]);
    expect(idsOf(readMasterKeyFile(path))).toEqual([next.id, old.id]);
    expect(readFileSync(path, 'utf8')).toBe(`${masterKeyText('next')}\n${masterKeyText('old')}\n`);
    expect(statSync(path).mode & 0o777).toBe(0o640);
    expect(readdirSync(join(path, '..'))).toEqual(['master.key']);
  });

  it('does so where a link leads to, and the link stays', () => {
    const target = keyFile('old');
    const link = join(temporaryDirectory(), 'link.key');
    symlinkSync(target, link);
    replaceMasterKeyFile(link, [next]);
    expect(lstatSync(link).isSymbolicLink()).toBe(true);
    expect(idsOf(readMasterKeyFile(target))).toEqual([next.id]);
  });

  it('overwrites what an interrupted one left, whatever its mode', () => {
    const path = keyFile('old');
    writeFileSync(`${path}.draft`, 'half a k', { mode: 0o644 });
    replaceMasterKeyFile(path, [next, old]);
    expect(idsOf(readMasterKeyFile(path))).toEqual([next.id, old.id]);
    expect(readdirSync(join(path, '..'))).toEqual(['master.key']);
  });

  it('says what stood in its way, and then the file is as it was', () => {
    const path = keyFile('old');
    mkdirSync(`${path}.draft`);
    expect(() => replaceMasterKeyFile(path, [next, old])).toThrow(`${path} cannot be replaced`);
    expect(idsOf(readMasterKeyFile(path))).toEqual([old.id]);
    const missing = join(temporaryDirectory(), 'missing.key');
    expect(() => replaceMasterKeyFile(missing, [next])).toThrow(MasterKeyError);
  });
});

describe('watching a master key file', () => {
  it('gives the keys after each change, and nothing while there is none', () => {
    const path = keyFile('old');
    const look = watchMasterKeyFile(path);
    expect(idsOf(look())).toEqual([old.id]);
    expect(look()).toBeNull();
    replaceMasterKeyFile(path, [next, old]);
    expect(idsOf(look())).toEqual([next.id, old.id]);
    expect(look()).toBeNull();
    replaceMasterKeyFile(path, [next]);
    replaceMasterKeyFile(path, [next, old]);
    expect(idsOf(look())).toEqual([next.id, old.id]);
  });

  it('sees the change of an editor that writes into the file as it stands', () => {
    const path = keyFile('old');
    const look = watchMasterKeyFile(path);
    look();
    writeFileSync(path, `${masterKeyText('next')}\n`);
    expect(idsOf(look())).toEqual([next.id]);
  });

  it('gives nothing while the file is gone, and its keys once it is back', () => {
    const path = keyFile('old');
    const look = watchMasterKeyFile(path);
    renameSync(path, `${path}.gone`);
    expect(look()).toBeNull();
    renameSync(`${path}.gone`, path);
    expect(idsOf(look())).toEqual([old.id]);
  });

  it('throws at each look what is wrong with the file, until it is repaired', () => {
    const path = keyFile('old');
    const look = watchMasterKeyFile(path);
    look();
    writeFileSync(path, 'half a k');
    expect(look).toThrow(MasterKeyError);
    expect(look).toThrow(MasterKeyError);
    rmSync(path);
    writeFileSync(path, masterKeyText('next'), { mode: 0o600 });
    expect(idsOf(look())).toEqual([next.id]);
  });
});
