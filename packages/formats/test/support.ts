import { readFileSync } from 'node:fs';
import { type OtpRecord, type Parsed, type ParseOptions, parseFile } from '../src/index.ts';

/** The secret of RFC 6238, appendix B, for SHA-1. */
export const SEED = Buffer.from('12345678901234567890');
export const BASE32 = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ';
export const HEX = SEED.toString('hex');

export function sample(name: string): Buffer {
  return readFileSync(new URL(`../samples/${name}`, import.meta.url));
}

export function parse(
  file: string | Uint8Array | object,
  options: ParseOptions = {},
  format = 'auto',
): Promise<Parsed> {
  const bytes =
    file instanceof Uint8Array ? file : Buffer.from(typeof file === 'string' ? file : JSON.stringify(file));
  return parseFile(bytes, format, options);
}

/** The records, with their secrets in hex, without what every one of them has alike. */
export function shown({ records }: Parsed): readonly object[] {
  return records.map(({ record: { secret, source: _, confirmed, ...rest } }) => ({
    ...rest,
    secret: Buffer.from(secret).toString('hex'),
    ...(confirmed ? {} : { confirmed }),
  }));
}

/** `refused line 3: …` */
export function told({ problems }: Parsed): readonly string[] {
  return problems.map(({ kind, place, message }) => `${kind} ${place}: ${message}`);
}

export const RECORD: OtpRecord = {
  label: 'alice@example.com',
  issuer: 'Example',
  type: 'totp',
  algorithm: 'SHA1',
  digits: 6,
  period: 30,
  secret: new Uint8Array(SEED),
  confirmed: true,
  source: 'test',
};
