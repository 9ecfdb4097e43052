/**
 * What leaves one Kanda comes into another, and leaves that as it was. Seen to fail: without `additional` in an export,
 * which had a second phone refused, and without what was used of a secret.
 */
import { parseFile, recordsToImport } from '@kanda/formats';
import { encodeBase32 } from '@kanda/otp';
import { Decrypter, generateIdentity, identityToRecipient } from 'age-encryption';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { OwnFactor } from '../accounts/own-factor.ts';
import { codeAt, SECOND, startApp, type TestAccount, type TestApp } from '../support/start-app.ts';

let apps: TestApp[];
let identity: string;
let path: string;

beforeAll(async () => {
  apps = [
    await startApp({ config: { secretExport: 'on' } }),
    await startApp({ config: { secretExport: 'on' } }),
  ];
  identity = await generateIdentity();
  path = `/api/totp/export?recipient=${await identityToRecipient(identity)}`;
});
afterAll(async () => {
  for (const app of apps) await app.close();
});

const IDS = [
  'auth0|7',
  "o'brien+1@example.com",
  'Größe 3',
  '山田 太郎',
  'https://idp.example/users/4',
  '=1+1',
  'a%2Fb',
];
const secretOf = (number: number) =>
  encodeBase32(Buffer.from(`kanda-round-trip-${String(number).padStart(5, '0')}`));

/** Records of every kind, more than are read at once. */
function records(): object[] {
  return Array.from({ length: 130 }, (_, number) => ({
    clientId: `${IDS[number % IDS.length]}#${number}`,
    label: `user ${number}`,
    issuer: 'MyApp',
    secret: secretOf(number),
    algorithm: ['SHA1', 'SHA256', 'SHA512'][number % 3],
    ...(number % 5 === 0
      ? { type: 'hotp', digits: 8, counter: 1_000 + number }
      : { lastUsedStep: 20_000_000 + number }),
    ...(number % 5 === 1 ? { driftSteps: number % 7, digits: 8, period: 60 } : {}),
    ...(number % 11 === 0 ? { disabled: true } : {}),
    ...(number % 13 === 0 ? { name: `Phone ${number}` } : {}),
    ...(number % 17 === 0 ? { recoveryCodes: ['abcdefgh-23456789', 'bcdefghj-23456789'] } : {}),
  })).flatMap((record, number) =>
    number % 6 === 2
      ? [record, { ...record, additional: true, name: 'Second', secret: secretOf(1_000 + number) }]
      : [record],
  );
}

async function imported({ call }: TestAccount, all: readonly object[]): Promise<void> {
  for (let from = 0; from < all.length; from += 50) {
    const answer = await call('POST', '/api/totp/import', { records: all.slice(from, from + 50) });
    expect(answer.statusCode, answer.body).toBe(200);
    const { results } = answer.json<{ results: { result: string; detail?: string }[] }>();
    const others = results.filter(({ result }) => result !== 'enrolled' && result !== 'added');
    expect(others.map(({ detail }) => detail)).toEqual([]);
  }
}

async function exported({ call }: TestAccount) {
  const answer = await call('GET', path);
  expect(answer.statusCode, answer.body).toBe(200);
  const decrypter = new Decrypter();
  decrypter.addIdentity(identity);
  const parsed = await parseFile(await decrypter.decrypt(answer.rawPayload), 'kanda');
  expect(parsed.problems).toEqual([]);
  return parsed;
}

/** But for when a secret was enrolled: each Kanda has its own time of that. */
const alike = ({ records: all }: Awaited<ReturnType<typeof exported>>) =>
  all.map(({ record: { createdAt: _, ...rest } }) => rest);

test('an export, taken into an empty Kanda and exported there, is the same', async () => {
  const [one, other] = apps as [TestApp, TestApp];
  const { account: from } = await OwnFactor.longOn(one);
  const { account: to } = await OwnFactor.longOn(other);
  await imported(from, records());
  // What was used here, too, beside a second phone.
  const phone = await from.enrol('phone');
  const second = await from.call('POST', '/api/totp/clients/phone/authenticators', { confirm: false });
  expect(second.statusCode, second.body).toBe(201);
  one.advance(30 * SECOND);
  const used = await from.call('POST', '/api/totp/validate', {
    clientId: 'phone',
    token: codeAt(phone.secret, one.now()),
  });
  expect(used.json()).toEqual({ valid: true });

  const first = await exported(from);
  expect(first.records).toHaveLength(records().length + 2);
  const { records: named, problems } = recordsToImport(first, { clientId: 'column', issuer: null });
  expect(problems).toEqual([]);
  other.setClock(one.now());
  await imported(
    to,
    named.map(({ fields }) => fields),
  );
  expect(alike(await exported(to))).toEqual(alike(first));

  // The code that was used there is used here, and the next one is good.
  const validate = (at: number) =>
    to.call('POST', '/api/totp/validate', { clientId: 'phone', token: codeAt(phone.secret, at) });
  expect((await validate(one.now())).json()).toMatchObject({ valid: false });
  other.advance(30 * SECOND);
  expect((await validate(other.now())).json()).toEqual({ valid: true });
});
