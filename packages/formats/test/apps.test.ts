/** Files of authenticator apps and password managers, written by hand from each definition, with ciphers of node:crypto. */
import { createCipheriv, createHash, pbkdf2Sync, randomBytes, scryptSync } from 'node:crypto';
import { deflateRawSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { BASE32, HEX, parse, SEED, shown, told } from './support.ts';

const ALICE = {
  label: 'alice',
  issuer: 'Example',
  type: 'totp',
  algorithm: 'SHA1',
  digits: 6,
  period: 30,
  secret: HEX,
};

function gcm(key: Uint8Array, nonce: Uint8Array, text: string | Uint8Array) {
  const cipher = createCipheriv('aes-256-gcm', key, nonce);
  const sealed = Buffer.concat([cipher.update(text), cipher.final()]);
  return { sealed, tag: cipher.getAuthTag() };
}

const AEGIS_ENTRIES = {
  version: 3,
  entries: [
    {
      type: 'totp',
      name: 'alice',
      issuer: 'Example',
      info: { secret: BASE32, algo: 'SHA1', digits: 6, period: 30 },
    },
    {
      type: 'steam',
      name: 'x',
      issuer: 'Steam',
      info: { secret: BASE32, algo: 'SHA1', digits: 5, period: 30 },
    },
    { type: 'totp', name: 'y', issuer: '', info: { secret: BASE32, algo: 'MD5', digits: 6, period: 30 } },
  ],
};

function aegis(password: string, n = 32_768): object {
  const [salt, nonce, keyNonce, key] = [randomBytes(32), randomBytes(12), randomBytes(12), randomBytes(32)];
  const db = gcm(key, nonce, JSON.stringify(AEGIS_ENTRIES));
  const slot = gcm(
    scryptSync(password, salt, 32, { N: Math.min(n, 32_768), r: 8, p: 1, maxmem: 2 ** 27 }),
    keyNonce,
    key,
  );
  const params = (one: { tag: Buffer }, of: Buffer) => ({
    nonce: of.toString('hex'),
    tag: one.tag.toString('hex'),
  });
  const slots = [
    { type: 2, key: '', key_params: {} },
    {
      type: 1,
      key: slot.sealed.toString('hex'),
      key_params: params(slot, keyNonce),
      n,
      r: 8,
      p: 1,
      salt: salt.toString('hex'),
    },
  ];
  return { version: 1, header: { slots, params: params(db, nonce) }, db: db.sealed.toString('base64') };
}

test('Aegis: plain and encrypted; Steam and MD5 are refused aloud', async () => {
  const plain = await parse({ version: 1, header: { slots: null, params: null }, db: AEGIS_ENTRIES });
  expect(shown(plain)).toEqual([ALICE]);
  expect(told(plain)).toEqual([
    'refused entry 2: Entries of type steam make their codes in another way.',
    'refused entry 3: The algorithm is none of SHA1, SHA256, SHA512.',
  ]);
  const file = aegis('päss');
  expect(shown(await parse(file, { password: 'päss' }))).toEqual([ALICE]);
  expect((await parse(file)).problems).toMatchObject([{ kind: 'file', code: 'password_required' }]);
  expect((await parse(file, { password: 'pass' })).problems).toMatchObject([
    { kind: 'file', code: 'password_wrong' },
  ]);
});

test('Aegis: the file does not choose how much memory its password takes', async () => {
  const parsed = await parse(aegis('x', 2 ** 30), { password: 'x' });
  expect(told(parsed)).toEqual(['file : The file demands more memory or work to open than any real one.']);
});

test('2FAS: plain and encrypted', async () => {
  const services = [
    {
      name: 'Example',
      secret: BASE32,
      otp: {
        account: 'alice',
        issuer: 'Example',
        digits: 6,
        period: 30,
        algorithm: 'SHA1',
        tokenType: 'TOTP',
      },
    },
    { name: 'Steam', secret: BASE32, otp: { tokenType: 'STEAM' } },
  ];
  expect(shown(await parse({ schemaVersion: 4, services }))).toEqual([ALICE]);
  const [salt, iv] = [randomBytes(256), randomBytes(12)];
  const { sealed, tag } = gcm(pbkdf2Sync('secret', salt, 10_000, 32, 'sha256'), iv, JSON.stringify(services));
  const servicesEncrypted = [Buffer.concat([sealed, tag]), salt, iv]
    .map((part) => part.toString('base64'))
    .join(':');
  const file = { schemaVersion: 4, services: [], servicesEncrypted };
  expect(shown(await parse(file, { password: 'secret' }))).toEqual([ALICE]);
  expect((await parse(file, { password: 'no' })).problems[0]?.code).toBe('password_wrong');
});

test('andOTP: plain, and encrypted in both of its ways', async () => {
  const entries = JSON.stringify([
    {
      secret: `${BASE32}======`,
      issuer: 'Example',
      label: 'alice',
      digits: 6,
      type: 'TOTP',
      algorithm: 'SHA1',
      thumbnail: 'Default',
      period: 30,
    },
  ]);
  expect(shown(await parse(entries))).toEqual([ALICE]);
  const [salt, nonce] = [randomBytes(12), Buffer.from('fffefdfcfbfaf9f8f7f6f5f4', 'hex')];
  const iterations = Buffer.alloc(4);
  iterations.writeInt32BE(140_000);
  const now = gcm(pbkdf2Sync('secret', salt, 140_000, 32, 'sha1'), nonce, entries);
  expect(
    shown(
      await parse(
        Buffer.concat([iterations, salt, nonce, now.sealed, now.tag]),
        { password: 'secret' },
        'andotp',
      ),
    ),
  ).toEqual([ALICE]);
  const old = gcm(createHash('sha256').update('secret').digest(), nonce, entries);
  const file = Buffer.concat([nonce, old.sealed, old.tag]);
  expect(shown(await parse(file, { password: 'secret' }))).toEqual([ALICE]);
  expect((await parse(file)).problems[0]?.code).toBe('password_required');
  expect((await parse(file, { password: 'no' })).problems[0]?.code).toBe('password_wrong');
});

test('FreeOTP+: signed bytes, and the counter of the code that was shown last', async () => {
  const token = {
    algo: 'SHA1',
    counter: 6,
    digits: 6,
    issuerExt: 'Example',
    label: 'alice',
    period: 30,
    secret: [...SEED],
    type: 'HOTP',
  };
  const parsed = await parse({
    tokenOrder: [],
    tokens: [
      token,
      {
        ...token,
        type: 'TOTP',
        secret: Array.from(SEED, () => -1),
      },
    ],
  });
  expect(shown(parsed)).toEqual([
    { ...ALICE, type: 'hotp', period: 0, counter: 7 },
    { ...ALICE, secret: 'ff'.repeat(20) },
  ]);
});

test('Proton, Ente, Bitwarden and KeePass; encrypted exports say what to do', async () => {
  const uri = `otpauth://totp/Example:alice?secret=${BASE32}&issuer=Example`;
  expect(
    shown(
      await parse({
        version: 1,
        entries: [{ id: '1', content: { uri, entry_type: 'Totp', name: 'Other' } }],
      }),
    ),
  ).toEqual([ALICE]);
  expect((await parse({ version: 1, salt: 'x', content: 'y' })).problems[0]?.code).toBe('encrypted');
  expect(
    (await parse({ version: 1, encryptedData: 'x', encryptionNonce: 'y', kdfParams: {} })).problems[0]?.code,
  ).toBe('encrypted');
  expect((await parse({ encrypted: true, data: 'x' })).problems[0]?.code).toBe('encrypted');
  const items = [
    { name: 'Example', login: { username: 'alice', totp: BASE32.toLowerCase() } },
    { name: 'Steam', login: { totp: `steam://${BASE32}` } },
    { name: 'No code', login: { totp: null } },
  ];
  const bitwarden = await parse({ encrypted: false, items });
  expect(shown(bitwarden)).toEqual([ALICE]);
  expect(told(bitwarden)).toEqual([
    'refused items[1]: Steam makes its codes in its own way, which is neither TOTP nor HOTP.',
  ]);
  const csv = await parse(
    `folder,favorite,type,name,notes,fields,reprompt,login_uri,login_username,login_password,login_totp\n,,login,Example,,,0,,alice,secret,${uri}\n`,
  );
  expect(shown(csv)).toEqual([ALICE]);
  const keepass = await parse(
    `Title,User Name,TimeOtp-Secret-Hex,TimeOtp-Algorithm,TimeOtp-Length\nExample,alice,${HEX},HMAC-SHA-256,8\n`,
  );
  expect(shown(keepass)).toEqual([{ ...ALICE, algorithm: 'SHA256', digits: 8 }]);
});

function zip(name: string, content: Buffer): Buffer {
  const packed = deflateRawSync(content);
  const local = Buffer.alloc(30);
  local.writeUInt32LE(0x04034b50, 0);
  local.writeUInt16LE(8, 8);
  local.writeUInt16LE(name.length, 26);
  const central = Buffer.alloc(46);
  central.writeUInt32LE(0x02014b50, 0);
  central.writeUInt16LE(8, 10);
  central.writeUInt32LE(packed.length, 20);
  central.writeUInt32LE(content.length, 24);
  central.writeUInt16LE(name.length, 28);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(1, 8);
  end.writeUInt16LE(1, 10);
  end.writeUInt32LE(46 + name.length, 12);
  end.writeUInt32LE(30 + name.length + packed.length, 16);
  return Buffer.concat([local, Buffer.from(name), packed, central, Buffer.from(name), end]);
}

test('1Password: the archive, and one that would inflate to more than a machine has', async () => {
  const item = {
    overview: { title: 'Example' },
    details: {
      loginFields: [{ designation: 'username', value: 'alice' }],
      sections: [{ fields: [{ value: { totp: BASE32 } }, { value: { string: 'x' } }] }],
    },
  };
  const data = { accounts: [{ vaults: [{ items: [item] }] }] };
  expect(shown(await parse(zip('export.data', Buffer.from(JSON.stringify(data)))))).toEqual([ALICE]);
  expect(told(await parse(zip('other', Buffer.from('{}'))))).toEqual([
    'file : The archive has no export.data.',
  ]);
  expect(told(await parse(zip('export.data', Buffer.alloc(300 * 1024 * 1024))))).toEqual([
    'file : The archive holds more than 256 MiB.',
  ]);
  expect(told(await parse(zip('export.data', Buffer.from('{}')).subarray(0, 60)))).toEqual([
    'file : The file is not a ZIP archive, or it is cut off.',
  ]);
});
