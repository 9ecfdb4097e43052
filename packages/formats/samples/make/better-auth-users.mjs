/**
 * Makes better-auth.json and better-auth.used.json: 50 users of better-auth with its two-factor plugin, on its memory
 * adapter, and the few lines that export its table.
 *
 *     npm install better-auth@1.7.25 && node better-auth-users.mjs FOLDER
 */
import { createHmac } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { betterAuth } from 'better-auth';
import { memoryAdapter } from 'better-auth/adapters/memory';
import { symmetricDecrypt } from 'better-auth/crypto';
import { twoFactor } from 'better-auth/plugins';

const secret = 'a secret of the application that is only a sample';
const db = { user: [], session: [], account: [], verification: [], twoFactor: [], rateLimit: [] };
const auth = betterAuth({
  appName: 'Example',
  baseURL: 'http://localhost:3000',
  secret,
  database: memoryAdapter(db),
  emailAndPassword: { enabled: true },
  rateLimit: { enabled: false },
  plugins: [twoFactor()],
});

/** RFC 6238 with HMAC-SHA-1: the phone's side. */
function totp(key, step) {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(step));
  const mac = createHmac('sha1', key).update(counter).digest();
  const at = mac[19] & 15;
  return String((mac.readUInt32BE(at) & 0x7fffffff) % 1_000_000).padStart(6, '0');
}

function fromBase32(text) {
  const bits = [...text]
    .map((letter) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(letter).toString(2).padStart(5, '0'))
    .join('');
  return Buffer.from(bits.match(/.{8}/g).map((byte) => Number.parseInt(byte, 2)));
}

const cookiesOf = (response) =>
  response.headers
    .getSetCookie()
    .map((cookie) => cookie.split(';')[0])
    .join('; ');
const at = Math.floor(Date.now() / 30_000) * 30;
const used = { at, users: {} };
for (let index = 1; index <= 50; index++) {
  const email = `user${String(index).padStart(2, '0')}@example.com`;
  const password = 'a sentence that is only a sample';
  const signedUp = await auth.api.signUpEmail({
    body: { email, password, name: `User ${index}` },
    asResponse: true,
  });
  const { user } = await signedUp.clone().json();
  const headers = { cookie: cookiesOf(signedUp) };
  const { totpURI, backupCodes } = await auth.api.enableTwoFactor({ body: { password }, headers });
  const key = fromBase32(new URL(totpURI).searchParams.get('secret'));
  const told = {
    email,
    key: key.toString('hex'),
    confirmed: index % 11 !== 0,
    used: null,
    codes: backupCodes,
  };
  if (told.confirmed) {
    const step = at / 30;
    const code = totp(key, step);
    const verified = await auth.api.verifyTOTP({ body: { code }, headers, asResponse: true });
    if (!verified.ok) throw new Error(await verified.text());
    told.used = { code, step };
    if (index % 5 === 0) {
      told.spent = told.codes[0];
      const cookie = cookiesOf(verified) || headers.cookie;
      await auth.api.verifyBackupCode({
        body: { code: told.spent, disableSession: true },
        headers: { cookie },
      });
      told.codes = told.codes.slice(1);
    }
  }
  used.users[user.id] = told;
}

// What an application runs to take its users along.
const rows = [];
for (const row of db.twoFactor) {
  const { email } = db.user.find((user) => user.id === row.userId);
  rows.push({
    ...row,
    email,
    secret: await symmetricDecrypt({ key: secret, data: row.secret }),
    backupCodes: JSON.parse(await symmetricDecrypt({ key: secret, data: row.backupCodes })),
  });
}
const folder = process.argv[2];
writeFileSync(`${folder}/better-auth.json`, `${JSON.stringify(rows, null, 1)}\n`);
writeFileSync(`${folder}/better-auth.used.json`, `${JSON.stringify(used, null, 1)}\n`);
