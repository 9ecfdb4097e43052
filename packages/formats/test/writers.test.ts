import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FOREIGN_IDS } from '../../../test/support/foreign-ids.ts';
import {
  type OtpRecord,
  parseFile,
  readKandaLine,
  writeGoogleMigration,
  writeKanda,
  writeOathCsv,
  writeOtpauth,
  writePskc,
} from '../src/index.ts';
import { HEX, parse, RECORD } from './support.ts';

const texts = fc.stringMatching(/^[A-Za-z0-9@._äß|' -]{1,40}$/).map((text) => text.trim() || 'x');
const secrets = fc.uint8Array({ minLength: 10, maxLength: 64 });
const shared = {
  clientId: texts,
  label: texts,
  issuer: texts,
  algorithm: fc.constantFrom('SHA1' as const, 'SHA256' as const, 'SHA512' as const),
  digits: fc.constantFrom(6 as const, 8 as const),
  secret: secrets,
  confirmed: fc.constant(true),
  source: fc.constant('kanda'),
};
const totp: fc.Arbitrary<OtpRecord> = fc.record({
  ...shared,
  type: fc.constant('totp' as const),
  period: fc.constantFrom(15, 30, 60),
});
const hotp: fc.Arbitrary<OtpRecord> = fc.record({
  ...shared,
  type: fc.constant('hotp' as const),
  period: fc.constant(0),
  counter: fc.nat(),
});
const records = fc.array(fc.oneof(totp, hotp), { minLength: 1, maxLength: 5 });
const more = fc.record(
  {
    lastUsedStep: fc.nat(),
    driftSteps: fc.integer({ min: 1, max: 10 }),
    recoveryCodes: fc.array(fc.stringMatching(/^[a-z]{5}-[A-Z0-9]{5}$/), { minLength: 1 }),
    createdAt: fc.constant('2024-01-02T03:04:05.000Z'),
    name: texts,
    additional: fc.constant(true as const),
    disabled: fc.constant(true as const),
  },
  { requiredKeys: [] },
);

async function joined(parts: AsyncIterable<string>): Promise<Buffer> {
  let text = '';
  for await (const part of parts) text += part;
  return Buffer.from(text);
}

describe('what is written is read again', () => {
  test('Kanda: equal in everything', async () => {
    await fc.assert(
      fc.asyncProperty(totp, more, async (record, rest) => {
        const whole = { ...record, ...rest };
        const parsed = await parse(writeKanda(whole));
        expect(parsed.records.map((one) => one.record)).toEqual([whole]);
        expect(readKandaLine(writeKanda(whole))).toEqual({ record: whole });
      }),
    );
  });

  test('otpauth, Google Authenticator, OATH CSV and PSKC: all that they have a place for', async () => {
    await fc.assert(
      fc.asyncProperty(records, async (list) => {
        const { records: fromUris } = await parse(list.map(writeOtpauth).join(''));
        expect(
          fromUris.map(({ record }) => [
            record.label,
            record.issuer,
            record.secret,
            record.counter,
            record.period,
          ]),
        ).toEqual(
          list.map(({ label, issuer, secret, counter, period }) => [label, issuer, secret, counter, period]),
        );
        const { records: fromCodes } = await parse(writeGoogleMigration(list, 5, 2).join('\n'));
        expect(fromCodes.map(({ record }) => record.secret)).toEqual(list.map(({ secret }) => secret));
        const { records: fromCsv } = await parseFile(
          Buffer.from([...writeOathCsv(list)].join('')),
          'oath-csv',
        );
        expect(
          fromCsv.map(({ record }) => [
            record.secret,
            record.algorithm,
            record.digits,
            record.type,
            record.counter,
          ]),
        ).toEqual(
          list.map(({ secret, algorithm, digits, type, counter }) => [
            secret,
            algorithm,
            digits,
            type,
            counter,
          ]),
        );
        const key = randomBytes(16);
        const file = await joined(writePskc(list, { key }, (length) => randomBytes(length)));
        const { records: fromPskc } = await parse(file, { key });
        expect(
          fromPskc.map(({ record }) => [record.clientId, record.label, record.secret, record.counter]),
        ).toEqual(list.map(({ clientId, label, secret, counter }) => [clientId, label, secret, counter]));
      }),
      { numRuns: 30 },
    );
  });

  test('ids that others own: the same in Kanda\u2019s own format and in PSKC, and each its own in OATH CSV', async () => {
    const list = FOREIGN_IDS.map((clientId): OtpRecord => ({ ...RECORD, clientId, label: 'Alice' }));
    const idsOf = ({ records: read }: { records: readonly { record: OtpRecord }[] }) =>
      read.map(({ record }) => record.clientId);
    expect(idsOf(await parse(list.map(writeKanda).join('')))).toEqual(FOREIGN_IDS);
    const key = randomBytes(16);
    const file = await joined(writePskc(list, { key }, (length) => randomBytes(length)));
    expect(idsOf(await parse(file, { key }))).toEqual(FOREIGN_IDS);

    const csv = [...writeOathCsv(list)];
    const serials = csv.map((line) => line.split(', ')[0] ?? '');
    expect(serials.map(decodeURIComponent)).toEqual(FOREIGN_IDS);
    // privacyIDEA splits at commas, takes # for a comment, and knows no quotes; a sheet runs what begins with these.
    for (const line of csv) expect(line.split(',')).toHaveLength(6);
    for (const serial of serials) expect(serial).not.toMatch(/^[#=+\-@\t＝＋－＠]|[;"]/);
    const { records: read } = await parseFile(Buffer.from(csv.join('')), 'oath-csv');
    expect(read.map(({ record }) => record.clientId)).toEqual(serials);
  });

  test('PSKC with a password', async () => {
    const file = await joined(
      writePskc([RECORD], { password: 'secret', iterations: 1_000 }, (length) => randomBytes(length)),
    );
    expect(file.toString()).not.toContain(HEX);
    expect((await parse(file, { password: 'secret' })).records).toHaveLength(1);
    expect((await parse(file, { password: 'other' })).records).toHaveLength(0);
  });

  test('a line of another version, or of something else, is refused', () => {
    expect(readKandaLine('{"kanda":2}')).toMatchObject({ field: 'kanda' });
    expect(readKandaLine('[]')).toEqual({ refusal: 'The line is not a JSON object.' });
    expect(readKandaLine('x')).toEqual({ refusal: 'The line is not JSON.' });
    expect(readKandaLine('{"kanda":1,"secret":"ABC"}')).toMatchObject({ field: 'secret' });
  });
});
