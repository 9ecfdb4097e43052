import type { Format } from '../format.ts';
import { Collector, type Draft } from '../reading/collector.ts';
import {
  algorithmOf,
  digitsOf,
  firstText,
  isRow,
  periodOf,
  type Row,
  rowOf,
  textOf,
  typeOf,
  wholeNumber,
} from '../reading/values.ts';
import { bounded, Refusal } from '../secret-text.ts';

/**
 * FreeOTP+'s JSON. Secrets are lists of Java's signed bytes. Of HOTP the counter is that of the last code: the app
 * reads `counter=1` of a URI as 0, and adds one before it shows a code.
 */
export const freeOtpPlus: Format = {
  name: 'freeotp-plus',
  title: 'FreeOTP+ (JSON)',
  matches: ({ json }) => isRow(json) && Array.isArray(json.tokens) && 'tokenOrder' in json,
  parse({ json }) {
    const collector = new Collector('freeotp-plus');
    const tokens = isRow(json) && Array.isArray(json.tokens) ? (json.tokens as unknown[]) : [];
    for (const [index, token] of tokens.entries()) {
      collector.add(`entry ${index + 1}`, () => draftOf(rowOf(token, 'token')));
    }
    return collector.done();
  },
};

function draftOf(token: Row): Draft {
  const type = typeOf(token.type);
  const last = wholeNumber(token.counter, 'counter', {
    min: -1,
    max: Number.MAX_SAFE_INTEGER - 1,
    absent: -1,
  });
  return {
    label: textOf(token.label),
    issuer: firstText(token.issuerExt, token.issuerInt, token.issuerAlt),
    type,
    algorithm: algorithmOf(token.algo),
    digits: digitsOf(token.digits),
    ...(type === 'totp' ? { period: periodOf(token.period) } : { counter: last + 1 }),
    secret: secretOf(token.secret),
  };
}

function secretOf(value: unknown): Uint8Array {
  const isBytes =
    Array.isArray(value) && value.every((byte) => Number.isInteger(byte) && byte >= -128 && byte < 256);
  if (!isBytes) throw new Refusal('The secret is not a list of bytes.', { field: 'secret' });
  return bounded(Uint8Array.from(value as number[], (byte) => byte & 0xff));
}
