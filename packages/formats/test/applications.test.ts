/** What goes wrong with rows of applications: one test each. */
import { expect, test } from 'vitest';
import { BASE32, HEX, parse, shown, told } from './support.ts';

test('Keycloak: without secretEncoding the secret is raw text', async () => {
  const credential = (more: object) => ({
    type: 'otp',
    secretData: JSON.stringify({ value: BASE32 }),
    credentialData: JSON.stringify({
      subType: 'totp',
      digits: 6,
      period: 30,
      algorithm: 'HmacSHA512',
      ...more,
    }),
  });
  const parsed = await parse({
    realm: 'r',
    users: [{ username: 'alice', credentials: [credential({}), credential({ secretEncoding: 'BASE32' })] }],
  });
  expect(shown(parsed)).toMatchObject([
    { secret: Buffer.from(BASE32).toString('hex'), algorithm: 'SHA512' },
    { secret: HEX, additional: true },
  ]);
});

test('Keycloak: an export without secrets, and recovery codes that are hashes, are said', async () => {
  const user = { username: 'a', credentials: [{ type: 'otp' }, { type: 'recovery-authn-codes' }] };
  expect(told(await parse({ realm: 'r', users: [user] }))).toEqual([
    'refused users[0].credentials[0]: The credential has no secret.',
    'note users[0].credentials[1]: Keycloak keeps recovery codes as hashes, which cannot be moved.',
  ]);
});

test('better-auth: the text of the secret is the key, also when it could be base32; what is encrypted is refused', async () => {
  const parsed = await parse([
    { userId: 'u1', secret: BASE32, backupCodes: '["aaaaa-bbbbb"]' },
    { userId: 'u2', secret: 'ab'.repeat(60), backupCodes: '[]' },
    { userId: 'u3', secret: BASE32, backupCodes: '[]', verified: false },
  ]);
  expect(shown(parsed)).toMatchObject([
    { clientId: 'u1', secret: Buffer.from(BASE32).toString('hex'), recoveryCodes: ['aaaaa-bbbbb'] },
  ]);
  expect(parsed.problems.map(({ kind, code }) => `${kind} ${code}`)).toEqual([
    'refused encrypted',
    'skipped invalid',
  ]);
});

test('Fortify: 80 bits are read, unconfirmed rows are skipped, encrypted ones refused', async () => {
  const parsed = await parse(
    'id,email,two_factor_secret,two_factor_recovery_codes,two_factor_confirmed_at\n' +
      '1,a@example.com,GEZDGNBVGY3TQOJQ,"[""abcdefghij-klmnopqrst""]",2024-01-02 03:04:05\n' +
      '2,b@example.com,GEZDGNBVGY3TQOJQ,,\n3,c@example.com,eyJpdiI6IkFBQUEiLCJ2YWx1ZSI6IiJ9,,2024-01-02 03:04:05\n4,d@example.com,,,\n',
  );
  expect(shown(parsed)).toMatchObject([
    {
      clientId: '1',
      label: 'a@example.com',
      secret: HEX.slice(0, 20),
      recoveryCodes: ['abcdefghij-klmnopqrst'],
    },
  ]);
  expect(told(parsed)).toEqual([
    'skipped line 3: The user never entered a first code.',
    "refused line 4: The secret is still encrypted with the application's key.",
    'skipped line 5: The user has no second factor.',
  ]);
});

test('django-otp: hex, another t0 is refused, drift and last_t are kept', async () => {
  const device = (pk: number, more: object) => ({
    model: 'otp_totp.totpdevice',
    pk,
    fields: {
      user: 1,
      name: 'd',
      confirmed: true,
      key: HEX,
      step: 30,
      t0: 0,
      digits: 6,
      drift: -2,
      last_t: 99,
      ...more,
    },
  });
  const parsed = await parse([
    device(1, {}),
    device(2, { t0: 1_000 }),
    { model: 'auth.user', pk: 1, fields: { username: 'alice' } },
  ]);
  expect(shown(parsed)).toMatchObject([{ clientId: 'alice', secret: HEX, lastUsedStep: 99, driftSteps: -2 }]);
  expect(told(parsed)).toEqual([
    "note entry 1: The device's clock is 2 steps behind.",
    'refused entry 2: The device counts its steps from another time than 1970 (t0).',
  ]);
});

test('devise-two-factor: the step after consumed_timestep counts as used; version 4 has it encrypted', async () => {
  const parsed = await parse([
    { id: 1, email: 'a', otp_secret: BASE32, consumed_timestep: 100, otp_required_for_login: true },
    {
      id: 2,
      email: 'b',
      encrypted_otp_secret: 'x',
      encrypted_otp_secret_iv: 'y',
      consumed_timestep: 1,
      otp_required_for_login: true,
    },
  ]);
  expect(shown(parsed)).toMatchObject([{ clientId: '1', lastUsedStep: 101 }]);
  expect(parsed.problems).toMatchObject([{ kind: 'refused', code: 'encrypted' }]);
});

test('Supabase: phones and what was never verified are skipped; a second factor of a user is additional', async () => {
  const head = 'id,user_id,friendly_name,factor_type,status,created_at,updated_at,secret,phone\n';
  const row = (type: string, status: string) =>
    `1,u1,phone,${type},${status},2024-01-02 03:04:05+00,,${BASE32},\n`;
  const parsed = await parse(
    head +
      row('totp', 'verified') +
      row('phone', 'verified') +
      row('totp', 'unverified') +
      row('totp', 'verified'),
  );
  expect(shown(parsed)).toMatchObject([
    { clientId: 'u1', createdAt: '2024-01-02T03:04:05.000Z' },
    { additional: true },
  ]);
  expect(parsed.problems.map(({ kind, place }) => `${kind} ${place}`)).toEqual([
    'skipped line 3',
    'skipped line 4',
  ]);
});

test('Ory Kratos: recovery codes that were used stay behind', async () => {
  const identity = {
    id: 'i1',
    schema_id: 'default',
    traits: { email: 'alice@example.com' },
    credentials: {
      totp: { config: { totp_url: `otpauth://totp/Example:x?secret=${BASE32}&issuer=Example` } },
      lookup_secret: {
        config: {
          recovery_codes: [
            { code: 'one' },
            { code: 'two', used_at: '2024-01-02T03:04:05Z' },
            { code: 'three', used_at: '0001-01-01T00:00:00Z' },
          ],
        },
      },
    },
  };
  expect(shown(await parse([identity]))).toMatchObject([
    { clientId: 'i1', label: 'alice@example.com', recoveryCodes: ['one', 'three'] },
  ]);
  expect(told(await parse(JSON.stringify({ ...identity, credentials: {} })))).toEqual([
    'skipped entry 1: The identity has no TOTP.',
  ]);
});

test('Authelia: YAML of plain values; the time of the last use becomes the step after it', async () => {
  const text = `totp_configurations:\n    - created_at: 2024-01-02T03:04:05Z\n      last_used_at: 2024-01-02T03:04:05Z\n      username: john\n      issuer: 'it''s ours'\n      algorithm: SHA1\n      digits: 6\n      period: 30\n      secret: ${BASE32}\n    - username: &a bob\n      secret: ${BASE32}\n`;
  const parsed = await parse(text);
  expect(shown(parsed)).toMatchObject([
    {
      clientId: 'john',
      issuer: "it's ours",
      secret: HEX,
      lastUsedStep: Math.floor(Date.UTC(2024, 0, 2, 3, 4, 5) / 30_000) + 1,
    },
  ]);
  expect(parsed.problems[0]).toMatchObject({ kind: 'refused' });
});

test('Auth0, Clerk and Entra', async () => {
  const users = [
    {
      user_id: 'auth0|5f7c',
      email: 'a@example.com',
      mfa_factors: [{ totp: { secret: BASE32 } }, { phone: { value: '+1' } }],
    },
    { user_id: 'x', email: 'b' },
  ];
  const auth0 = await parse(users.map((user) => JSON.stringify(user)).join('\n'));
  expect(shown(auth0)).toMatchObject([{ clientId: 'auth0|5f7c', secret: HEX }]);
  const clerk = await parse(
    `id,primary_email_address,totp_secret,password_digest\nuser_1,a@example.com,${BASE32},x\nuser_2,b@example.com,,x\n`,
  );
  expect(shown(clerk)).toMatchObject([{ clientId: 'user_1', secret: HEX }]);
  const entra = await parse(
    `upn,serial number,secret key,time interval,manufacturer,model\nhelga@example.com,7654321,${BASE32},60,Example,HardKey\n`,
  );
  expect(shown(entra)).toMatchObject([
    { clientId: 'helga@example.com', period: 60, name: '7654321', issuer: 'Example' },
  ]);
  expect(told(entra)).toEqual(['note line 2: The file names no hash function, so it is SHA1.']);
});

test('10 digits, as Okta has them, are refused with the reason', async () => {
  expect(told(await parse(`clientId;secret;digits\na;${BASE32};10\nb;${BASE32};8\n`))).toEqual([
    'refused line 2: Its codes have 10 digits; codes of 6 and of 8 digits are taken.',
  ]);
});

test('CSV with any columns: a map names them, and the refusal names the columns that there are', async () => {
  const text = `User;"Their seed";Note\n"o'brien@example.com";${HEX};"two\nlines"\nb;oops;\n`;
  const unknown = await parse(text, {}, 'csv');
  expect(unknown.problems).toMatchObject([
    { kind: 'file', code: 'map_required', action: expect.stringContaining('user, their seed, note') },
  ]);
  const parsed = await parse(text, {
    map: { secret: 'their seed', clientId: 'user' },
    secretEncoding: 'hex',
  });
  expect(shown(parsed)).toMatchObject([
    { clientId: "o'brien@example.com", label: "o'brien@example.com", secret: HEX },
  ]);
  expect(told(parsed)).toEqual(
    ['refused line 4: Hex cannot be 4 characters long.'].map(() => expect.stringMatching(/^refused line 4:/)),
  );
  expect((await parse(text, { map: { secret: 'seed' } })).problems[0]?.message).toBe(
    'The file has no column seed.',
  );
});
