/**
 * Makes keycloak.json's users and keycloak.used.json: enrols 50 users at a running Keycloak with the realm "example",
 * by its admin API and its log-in pages. Keycloak 26.4.0 (org.keycloak:keycloak-quarkus-dist), started with
 *
 *     KC_BOOTSTRAP_ADMIN_USERNAME=admin KC_BOOTSTRAP_ADMIN_PASSWORD=admin bin/kc.sh start-dev --http-port=18080 --features=recovery-codes
 *
 * and stopped before `bin/kc.sh export --realm example --users same_file --file keycloak.json`.
 *
 *     node keycloak-users.mjs FOLDER
 */
import { createHash, createHmac } from 'node:crypto';
import { writeFileSync } from 'node:fs';

const BASE = 'http://127.0.0.1:18080';

function hotp(key, counter, digits, hash) {
  const data = Buffer.alloc(8);
  data.writeBigUInt64BE(BigInt(counter));
  const mac = createHmac(hash, key).update(data).digest();
  const at = mac[mac.length - 1] & 15;
  return String((mac.readUInt32BE(at) & 0x7fffffff) % 10 ** digits).padStart(digits, '0');
}

async function call(path, { token, method = 'GET', json, form } = {}) {
  const response = await fetch(`${BASE}${path}`, {
    method,
    headers: {
      ...(token ? { authorization: `Bearer ${token}` } : {}),
      ...(json ? { 'content-type': 'application/json' } : {}),
      ...(form ? { 'content-type': 'application/x-www-form-urlencoded' } : {}),
    },
    body: json ? JSON.stringify(json) : form ? new URLSearchParams(form) : undefined,
  });
  const text = await response.text();
  return {
    status: response.status,
    body: text.startsWith('{') || text.startsWith('[') ? JSON.parse(text) : text,
  };
}

async function adminToken() {
  const form = { grant_type: 'password', client_id: 'admin-cli', username: 'admin', password: 'admin' };
  return (await call('/realms/master/protocol/openid-connect/token', { method: 'POST', form })).body
    .access_token;
}

const password = 'a sentence that is only a sample';
const at = Math.floor(Date.now() / 30_000) * 30;
const used = { at, users: {} };
const users = [];
for (let index = 1; index <= 50; index++) {
  const username = `user${String(index).padStart(2, '0')}`;
  const isHotp = index % 10 === 0;
  const hash = index % 8 === 0 ? 'sha256' : 'sha1';
  const digits = index % 7 === 0 ? 8 : 6;
  // As Keycloak makes them: 20 letters and digits, which are the key as they are.
  const raw = createHash('sha256')
    .update(`kanda sample keycloak ${index}`)
    .digest('base64url')
    .replace(/[^A-Za-z0-9]/g, 'x')
    .slice(0, 20);
  const isBase32 = index % 3 === 0;
  const base32 = `${[...raw].map((letter) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'[letter.charCodeAt(0) % 32]).join('')}ABCDEFGHIJKL`;
  const key = isBase32 ? fromBase32(base32) : Buffer.from(raw);
  const credentialData = {
    subType: isHotp ? 'hotp' : 'totp',
    digits,
    counter: isHotp ? 1 : 0,
    period: 30,
    algorithm: hash === 'sha1' ? 'HmacSHA1' : 'HmacSHA256',
    ...(isBase32 ? { secretEncoding: 'BASE32' } : {}),
  };
  used.users[username] = { key: key.toString('hex'), type: credentialData.subType, hash, digits, used: null };
  users.push({
    username,
    email: `${username}@example.com`,
    firstName: 'User',
    lastName: String(index),
    enabled: index % 25 !== 0,
    emailVerified: true,
    credentials: [
      { type: 'password', value: password, temporary: false },
      {
        type: 'otp',
        userLabel: 'phone',
        secretData: JSON.stringify({ value: isBase32 ? base32 : raw }),
        credentialData: JSON.stringify(credentialData),
      },
    ],
  });
}

function fromBase32(text) {
  const bits = [...text]
    .map((letter) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(letter).toString(2).padStart(5, '0'))
    .join('');
  return Buffer.from(bits.match(/.{8}/g).map((byte) => Number.parseInt(byte, 2)));
}

const realm = {
  realm: 'example',
  displayName: 'Example',
  enabled: true,
  otpPolicyCodeReusable: false,
  users,
};
const made = await call('/admin/realms', { token: await adminToken(), method: 'POST', json: realm });
if (made.status !== 201) throw new Error(JSON.stringify(made));
const client = { clientId: 'sample', publicClient: true, directAccessGrantsEnabled: true, enabled: true };
await call('/admin/realms/example/clients', { token: await adminToken(), method: 'POST', json: client });
// Every second user logs in, with a code that Keycloak accepts.
for (const [username, told] of Object.entries(used.users)) {
  const index = Number(username.slice(4));
  if (index % 2 !== 0 || index % 25 === 0) continue;
  const moving = told.type === 'hotp' ? 1 : Math.floor(Date.now() / 30_000);
  const code = hotp(Buffer.from(told.key, 'hex'), moving, told.digits, told.hash);
  const form = { grant_type: 'password', client_id: 'sample', username, password, totp: code };
  const answer = await call('/realms/example/protocol/openid-connect/token', { method: 'POST', form });
  if (answer.status !== 200) throw new Error(`${username} ${JSON.stringify(told)} ${JSON.stringify(answer)}`);
  told.used = told.type === 'hotp' ? { code, counter: moving } : { code, step: moving };
}
writeFileSync(`${process.argv[2]}/keycloak.used.json`, `${JSON.stringify(used, null, 1)}\n`);
