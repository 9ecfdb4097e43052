/** What goes wrong when these formats are read as they look: one test each. */
import { describe, expect, test } from 'vitest';
import { writeGoogleMigration } from '../src/index.ts';
import { BASE32, HEX, parse, RECORD, sample, shown, told } from './support.ts';

const ALICE = {
  label: 'alice',
  issuer: 'Example',
  type: 'totp',
  algorithm: 'SHA1',
  digits: 6,
  period: 30,
  secret: HEX,
};

describe('otpauth', () => {
  test('padding, lower case and spaces in the secret; image and unknown parameters', async () => {
    const secret = `${BASE32.toLowerCase().slice(0, 8)}%20${BASE32.slice(8)}%3D%3D`;
    const uri = `otpauth://totp/Example:alice?secret=${secret}&issuer=Example&image=https%3A%2F%2Fexample.com%2Fa.png&codeDisplay=%7B%7D`;
    expect(shown(await parse(uri))).toEqual([ALICE]);
  });

  test('a prefix equal to the issuer is not part of the label; another one is noted', async () => {
    expect(shown(await parse(`otpauth://totp/Example%3A%20alice?secret=${BASE32}&issuer=Example`))).toEqual([
      ALICE,
    ]);
    const other = await parse(`otpauth://totp/Old:alice?secret=${BASE32}&issuer=Example`);
    expect(shown(other)).toEqual([ALICE]);
    expect(told(other)).toEqual([
      'note line 1: The issuer before the label is another one than that of the parameter, which was taken.',
    ]);
  });

  test('a missing issuer, HOTP, comments and blank lines; one bad line loses no other', async () => {
    const parsed = await parse(
      `# exported\r\n\r\notpauth://totp/alice?secret=${BASE32}\r\notpauth://hotp/Example:alice?secret=${BASE32}&issuer=Example&counter=9\r\n` +
        `otpauth://totp/Example:x?secret=ABC\r\notpauth://steam/Steam:x?secret=${BASE32}\r\nhello\r\notpauth://totp/E:x?secret=${BASE32}&digits=10`,
    );
    expect(shown(parsed)).toEqual([
      { ...ALICE, issuer: '' },
      { ...ALICE, type: 'hotp', period: 0, counter: 9 },
    ]);
    expect(told(parsed)).toEqual([
      'note line 3: The URI names no issuer.',
      'refused line 5: Base32 cannot be 3 characters long.',
      'refused line 6: Steam makes its codes in its own way, which is neither TOTP nor HOTP.',
      'refused line 7: This is not an otpauth:// URI.',
      'refused line 8: Its codes have 10 digits; codes of 6 and of 8 digits are taken.',
    ]);
  });
});

describe('google-migration', () => {
  const record = (label: string) => ({ ...RECORD, label });

  test('an export of several QR codes is taken only when all of them are there, in any order', async () => {
    const codes = writeGoogleMigration(['a', 'b', 'c', 'd', 'e'].map(record), 77, 2);
    expect(codes).toHaveLength(3);
    const missing = await parse(`${codes[2]}\n${codes[0]}\n`);
    expect(missing.records).toEqual([]);
    expect(told(missing)).toEqual(['file line 1: The export has 3 QR codes, and of these 2 is missing.']);
    const whole = await parse([codes[2], codes[0], codes[1]].join('\n'));
    expect(whole.records.map((one) => one.record.label)).toEqual(['a', 'b', 'c', 'd', 'e']);
  });

  test('percent-encoded, decoded already, and with a space in the place of "+"', async () => {
    const [code = ''] = writeGoogleMigration([{ ...RECORD, secret: new Uint8Array(20).fill(0xfb) }], 1);
    const decoded = decodeURIComponent(code);
    expect(decoded).toContain('+');
    for (const text of [code, decoded, decoded.replaceAll('+', ' ')]) {
      expect((await parse(text)).records[0]?.record.secret).toEqual(new Uint8Array(20).fill(0xfb));
    }
  });

  test('0 is SHA1 and 6 digits and TOTP; the period is 30; MD5 is refused', async () => {
    // Field 1: an account with nothing but a secret and a name; field 1 again, with algorithm 4.
    const account = [0x0a, 20, ...Buffer.from('12345678901234567890'), 0x12, 1, 0x61];
    const md5 = [...account, 0x20, 4];
    const message = Buffer.from([0x0a, account.length, ...account, 0x0a, md5.length, ...md5]);
    const parsed = await parse(
      `otpauth-migration://offline?data=${encodeURIComponent(message.toString('base64'))}`,
    );
    expect(shown(parsed)).toEqual([{ ...ALICE, label: 'a', issuer: '' }]);
    expect(told(parsed)).toEqual([
      'refused line 1, account 2: Its codes are made with MD5, which is not taken.',
    ]);
  });
});

describe('pskc', () => {
  const key = Buffer.from('12345678901234567890123456789012', 'hex');
  const file = sample('pskc-key.xml').toString();

  test('the MAC is checked before anything is decrypted, and nothing is taken without one unless asked for', async () => {
    const changed = file.replace(
      /(<xenc:CipherValue>)(.)([^<]*<\/xenc:CipherValue>\s*<\/xenc:CipherData>\s*<\/pskc:EncryptedValue>)/,
      (_, a, b, c) => a + (b === 'A' ? 'B' : 'A') + c,
    );
    expect(changed).not.toBe(file);
    const parsed = await parse(changed, { key });
    expect(parsed.records).toHaveLength(2);
    expect(told(parsed)).toEqual([
      'refused key 1: The MAC of the secret is wrong: the key is, or the file was changed.',
    ]);
    const without = file.replaceAll(/<pskc:ValueMAC>[^<]*<\/pskc:ValueMAC>/g, '');
    expect(told(await parse(without, { key }))[0]).toBe(
      'refused key 1: The secret is encrypted and has no MAC.',
    );
    const allowed = await parse(without, { key, allowMissingMac: true });
    expect(allowed.records).toHaveLength(3);
    expect(told(allowed)[0]).toBe(
      'note key 1: The secret was taken without a MAC that proves it, as asked for.',
    );
  });

  test('a key or a password is asked for, and a wrong one is said to be wrong', async () => {
    expect((await parse(file)).problems[0]?.code).toBe('key_required');
    expect((await parse(file, { key: new Uint8Array(16) })).problems[0]?.code).toBe('key_wrong');
    expect((await parse(sample('pskc-password.xml'))).problems[0]?.code).toBe('password_required');
    expect((await parse(sample('pskc-password.xml'), { password: 'x' })).problems[0]?.code).toMatch(
      /password_wrong|mac_missing/,
    );
  });

  test('no document type and no entity', async () => {
    const bomb = '<!DOCTYPE KeyContainer [<!ENTITY a "aaaa">]><KeyContainer>&a;</KeyContainer>';
    expect(told(await parse(bomb, {}, 'pskc'))).toEqual([
      'file : The XML has a document type declaration, which is not read (line 1).',
    ]);
    expect(told(await parse('<KeyContainer>&a;</KeyContainer>', {}, 'pskc'))).toEqual([
      'file : The XML has an entity that is not one of XML itself (line 1).',
    ]);
  });

  test('iterations that would keep a reader busy for hours are refused', async () => {
    const busy = sample('pskc-password.xml')
      .toString()
      .replace(/(IterationCount>)\d+/, '$199999999999');
    expect(told(await parse(busy, { password: 'qwerty' }))[0]).toMatch(/How the key is made/);
  });
});

describe('lines of hardware tokens', () => {
  test('OATH CSV: the type is HOTP when none is named, keys are hex, a guessed hash is said', async () => {
    const parsed = await parse(
      `T1, ${HEX}\nT2, ${HEX}, totp, 8, 60\nT3, ${'ab'.repeat(32)}, hotp, 6, 5\n,${HEX}\nT5, ${HEX}, ocra\n`,
    );
    expect(shown(parsed)).toMatchObject([
      { clientId: 'T1', type: 'hotp', counter: 0 },
      { clientId: 'T2', type: 'totp', digits: 8, period: 60, secret: HEX },
      { clientId: 'T3', type: 'hotp', algorithm: 'SHA256', counter: 5 },
    ]);
    expect(told(parsed)).toEqual([
      'note line 1: The line names no type, so it is HOTP, as in privacyIDEA.',
      "note line 3: The line names no hash function; SHA256 was taken, from the key's 32 bytes.",
      'refused line 4: The line has no serial.',
      'refused line 5: It is neither TOTP nor HOTP.',
    ]);
    expect(shown(await parse(`# version: 2\nalice, r, realm, T1, ${HEX}, totp\n`))).toMatchObject([
      { clientId: 'alice', name: 'T1', type: 'totp' },
    ]);
  });

  test('Yubico CSV, both layouts: only OATH-HOTP, the rest is skipped aloud', async () => {
    const traditional = await parse(
      'Yubico OTP,12/11/2013 11:10,1,vvgutbiedkvi,ab86c04de6a3,d26a7c0f85fdda28bd816e406342b214,,,0,0,0,0,0,0,0,0,0,0\n' +
        `OATH-HOTP,11.12.13 18:55,1,cccccccccccc,,${HEX},,,0,0,0,8,0,0,0,0,0,0\n` +
        'Static Password,11.12.13 19:08,1,,d5a3d50327dc,0e8e37b0e38b314a56748c030f58d21d,,,0,0,0,0,0,0,0,0,0,0\n',
    );
    expect(shown(traditional)).toMatchObject([
      { clientId: 'cccccccccccc_1', type: 'hotp', digits: 8, secret: HEX },
    ]);
    expect(traditional.problems.map(({ kind, place }) => `${kind} ${place}`)).toEqual([
      'skipped line 1',
      'skipped line 3',
    ]);
    const yubico = await parse(
      `508326,,0,${HEX},,2013-12-12T08:41:07,\n508326,cccccccccccc,83cebdfb7b93,a47c5bf9c152202f577be6721c0113af,,2013-12-12T08:43:17,\n` +
        '508326,,,9e2fd386224a7f77e9b5aee775464033,,2013-12-12T08:44:34,\n',
    );
    expect(shown(yubico)).toMatchObject([{ clientId: '508326', type: 'hotp', digits: 6, secret: HEX }]);
    expect(yubico.problems.map(({ kind, place }) => `${kind} ${place}`)).toEqual([
      'skipped line 2',
      'skipped line 3',
    ]);
  });

  test('SafeNet XML: hex seeds, SHA256 from their length', async () => {
    const token = (serial: string, seed: string) =>
      `<Token serial="${serial}"><ProductName>eToken</ProductName><Applications><Application><Seed>${seed}</Seed><MovingFactor>7</MovingFactor></Application></Applications></Token>`;
    const parsed = await parse(
      `<?xml version="1.0"?><Tokens>${token('1', HEX)}${token('2', 'ab'.repeat(32))}${token('', HEX)}</Tokens>`,
    );
    expect(shown(parsed)).toMatchObject([
      { clientId: '1', counter: 7, algorithm: 'SHA1' },
      { clientId: '2', algorithm: 'SHA256' },
    ]);
    expect(told(parsed).at(-1)).toBe('refused token 3: The token has no serial.');
  });
});
