/** What `kanda apply` refuses, before anything is changed. None of it depends on the kind of store. */
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { ApplyFolder, FILE } from './apply-folder.ts';

let folder: ApplyFolder;

describe('a file that differs from what it has made', () => {
  let made: ApplyFolder;
  beforeAll(async () => {
    made = new ApplyFolder();
    expect((await made.apply('--yes')).code).toBe(0);
  });
  beforeEach(() => {
    folder = new ApplyFolder(made);
  });

  test.each<[string, (text: string) => string, () => void, RegExp]>([
    [
      'a key with other scopes',
      (text) => text.replace(', totp:read]', ']'),
      () => {},
      /key cannot be changed/,
    ],
    [
      'a key with another end',
      (text) => text.replace('2999-12-31', 'never'),
      () => {},
      /key cannot be changed/,
    ],
    [
      'a key whose file is gone',
      (text) => text,
      () => rmSync(folder.at('web-shop.key')),
      /A key is shown once/,
    ],
    [
      'a secret whose file is gone',
      (text) => text,
      () => rmSync(folder.at('webhook.secret')),
      /rotate-secret/,
    ],
    [
      'a new key over a file',
      (text) => text.replace('web shop', 'shop 2'),
      () => {},
      /is there already\. Remove that/,
    ],
    [
      'a key twice',
      (text) => text.replace('name: tests, test: true', 'name: web shop'),
      () => {},
      /in the file twice/,
    ],
    [
      'a key file with something else',
      (text) => text,
      () => writeFileSync(folder.at('web-shop.key'), folder.read('test.key')),
      /has something else/,
    ],
    [
      'a policy out of its bounds',
      (text) => text.replace('Failures: 4', 'Failures: 9999'),
      () => {},
      /must be from/,
    ],
  ])('%s: says what to do, and changes nothing', async (_what, change, prepare, said) => {
    prepare();
    folder.write(change(FILE));
    const log = await folder.log();
    const { code, stderr } = await folder.apply('--yes');
    expect([code, stderr]).toEqual([1, expect.stringMatching(said)]);
    expect(stderr).toMatch(/^Nothing was changed\./);
    expect(await folder.log()).toEqual(log);
  });
});

describe('a file that is wrong', () => {
  beforeEach(() => {
    folder = new ApplyFolder();
  });

  test.each<[string, string, RegExp]>([
    ['no YAML', 'accounts: [', /kanda\.yaml is not YAML/],
    ['a field twice', `${FILE}accounts: []\n`, /is not YAML: Map keys must be unique at line 15/],
    [
      'a misspelt field',
      FILE.replace('name: web', 'nmae: web'),
      /kanda\.yaml:6: accounts\/0\/keys\/0\/nmae is not a field/,
    ],
    [
      'an unknown event',
      FILE.replace('client.locked', 'client.gone'),
      /kanda\.yaml:13: accounts\/0\/webhooks\/0\/events\/0 must/,
    ],
    [
      'no address',
      FILE.replace('You@example.com', 'you'),
      /kanda\.yaml:2: accounts\/0\/email must be an e-mail address/,
    ],
    ['an account twice', `${FILE}  - { email: you@EXAMPLE.com, passwordFile: password.txt }\n`, /twice/],
    ['a password that is missing', FILE.replace('password.txt', 'none.txt'), /its password cannot be read/],
    [
      'a variable that is not set',
      FILE.replace('passwordFile: password.txt', 'passwordVariable: NONE'),
      /NONE .* is not set/,
    ],
    ['an end that is no time', FILE.replace('2999-12-31', 'soon'), /"soon", not a time/],
    [
      'a webhook of this machine',
      FILE.replace('https://app.example.com', 'https://127.0.0.1'),
      /webhook https:\/\/127/,
    ],
    [
      'two secrets in one file',
      FILE.replace('test.key', './web-shop.key'),
      /web-shop\.key is named for two things/,
    ],
    ['a secret over the password', FILE.replace('test.key', 'password.txt'), /named for two things/],
    ['an end in the past', FILE.replace('2999-12-31', '2001-01-01'), /later end/],
    ['a folder that is missing', FILE.replace('web-shop.key', 'none/web-shop.key'), /cannot be made/],
  ])('%s: nothing is made, not even a store', async (_what, text, said) => {
    folder.write(text);
    const { code, stderr } = await folder.apply('--yes');
    expect([code, stderr]).toEqual([1, expect.stringMatching(said)]);
    expect(existsSync(join(folder.dataDir, 'kanda.db'))).toBe(false);
  });

  test('a password that is too weak is refused before anything is made', async () => {
    writeFileSync(folder.at('password.txt'), 'password1234567');
    const { code, stderr } = await folder.apply('--yes');
    expect([code, stderr]).toEqual([1, expect.stringContaining('the password of you@example.com')]);
    expect(stderr).not.toContain('password1234567');
  });
});
