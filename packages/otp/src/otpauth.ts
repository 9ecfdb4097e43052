import { decodeBase32, encodeBase32 } from './base32.ts';
import { OtpError } from './error.ts';
import {
  ALGORITHMS,
  type Algorithm,
  assertAlgorithm,
  assertDigits,
  assertPeriod,
  DEFAULT_PARAMETERS,
  type Digits,
} from './parameters.ts';

/** What a QR code hands to an authenticator app: codes by time (RFC 6238), or by a counter (RFC 4226). */
export type OtpauthAccount = OtpauthTotp | OtpauthHotp;

interface OtpauthSecret {
  /** Who asks for the code, for example `Example Bank`; empty when a parsed URI has none. */
  issuer: string;
  /** Whose code it is, for example `alice@example.com`. */
  label: string;
  /** The shared secret, at least 1 byte. */
  secret: Uint8Array;
  algorithm: Algorithm;
  digits: Digits;
}

export interface OtpauthTotp extends OtpauthSecret {
  type: 'totp';
  /** Seconds, a whole number, at least 1. */
  period: number;
}

export interface OtpauthHotp extends OtpauthSecret {
  type: 'hotp';
  /** The counter of the first code that the app shows: a safe integer, at least 0. */
  counter: number;
}

/**
 * Writes the URI that authenticator apps read from a QR code:
 * `otpauth://totp/<issuer>:<label>?secret=…&issuer=…&algorithm=…&digits=…&period=…`, or `otpauth://hotp/…&counter=…`
 * (Google Authenticator's Key Uri Format; there is no RFC).
 *
 * Everything that readers treat differently is avoided: all parameters are spelled out, the secret has no
 * padding, only `A–Z a–z 0–9 - . _ ~` stand unencoded, a space is `%20`, and the one literal `:` separates
 * issuer and label. With an empty issuer both its prefix and its parameter are left out.
 *
 * @throws {OtpError} `invalid_parameter` for an empty label or secret; a `:`, a control character or half of a
 *   surrogate pair in label or issuer (apps split at the first `:`, however it is encoded); or a wrong
 *   algorithm, digits, period or counter
 */
export function formatOtpauthUri(account: OtpauthAccount): string {
  const { issuer, label, secret, algorithm, digits } = account;
  assertAlgorithm(algorithm);
  assertDigits(digits);
  if (secret.length === 0) throw new OtpError('invalid_parameter', 'the secret must not be empty');
  if (label === '') throw new OtpError('invalid_parameter', 'the label must not be empty');
  for (const [name, text] of [
    ['issuer', issuer],
    ['label', label],
  ] as const) {
    if (text.includes(':')) throw new OtpError('invalid_parameter', `the ${name} must not contain ":"`);
    const fault = textFault(text);
    if (fault) throw new OtpError('invalid_parameter', `the ${name} ${fault}`);
  }
  const prefix = issuer === '' ? '' : `${encode(issuer)}:`;
  const issuerParameter = issuer === '' ? '' : `&issuer=${encode(issuer)}`;
  return `otpauth://${account.type}/${prefix}${encode(label)}?secret=${encodeBase32(secret)}${issuerParameter}&algorithm=${algorithm}&digits=${digits}&${movingParameter(account)}`;
}

function movingParameter(account: OtpauthAccount): string {
  if (account.type === 'totp') {
    assertPeriod(account.period);
    return `period=${account.period}`;
  }
  if (account.type !== 'hotp') throw new OtpError('invalid_parameter', 'the type must be totp or hotp');
  if (!isCounter(account.counter)) {
    throw new OtpError('invalid_parameter', 'the counter must be a safe integer, at least 0');
  }
  return `counter=${account.counter}`;
}

function isCounter(counter: number): boolean {
  return Number.isSafeInteger(counter) && counter >= 0;
}

/**
 * Reads an `otpauth://totp/…` or `otpauth://hotp/…` URI, as tolerant as the apps are: scheme, type, parameter names
 * and algorithm in either case; a missing algorithm, digits or period takes its default, and so does a missing
 * counter, 0 (the format demands it, and not every writer does); the issuer comes from its parameter or
 * else from the label's prefix; the separator may be `%3A` and spaces may follow it; unknown parameters are
 * ignored; `+` in the query is a space. Reads back exactly what {@link formatOtpauthUri} wrote.
 *
 * @throws {OtpError} `invalid_uri` for another scheme or type (steam), a missing label or secret, a
 *   parameter given twice (readers disagree on which one counts), a bad value, broken percent-encoding, or
 *   control characters in label or issuer; `invalid_base32` for a secret that is not base32. The message never
 *   quotes the URI.
 */
export function parseOtpauthUri(uri: string): OtpauthAccount {
  const match = /^otpauth:\/\/([^/?#]*)\/?([^?#]*)\??([^#]*)/i.exec(uri);
  if (!match) throw new OtpError('invalid_uri', 'not an otpauth:// URI');
  const [, type = '', path = '', query = ''] = match;
  const kind = type.toLowerCase();
  if (kind !== 'totp' && kind !== 'hotp') {
    throw new OtpError('invalid_uri', 'only otpauth://totp/ and otpauth://hotp/ URIs are supported');
  }
  const parameters = parseQuery(query);
  const name = parsePath(path);
  const shared: OtpauthSecret = {
    issuer: checkedText('issuer', parameters.get('issuer') || name.issuer),
    label: checkedText('label', name.label),
    secret: parseSecret(parameters.get('secret')),
    algorithm: parseAlgorithm(parameters.get('algorithm')),
    digits: parseDigits(parameters.get('digits')),
  };
  if (shared.label === '') throw new OtpError('invalid_uri', 'the URI has no label');
  return kind === 'totp'
    ? { ...shared, type: kind, period: parsePeriod(parameters.get('period')) }
    : { ...shared, type: kind, counter: parseCounter(parameters.get('counter')) };
}

/** encodeURIComponent leaves `!'()*` as they are, which RFC 3986 §2.2 reserves and some readers stumble over. */
function encode(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new OtpError('invalid_uri', 'the URI has broken percent-encoding');
  }
}

/** What makes a text unfit for an app's list of accounts, or null. */
function textFault(text: string): string | null {
  if (/\p{Cc}/u.test(text)) return 'must not contain control characters';
  if (!text.isWellFormed()) return 'contains half of a surrogate pair';
  return null;
}

function checkedText(name: string, text: string): string {
  const fault = textFault(text);
  if (fault) throw new OtpError('invalid_uri', `the ${name} ${fault}`);
  return text;
}

/** Parameter names fold to lower case, so that `secret` and `SECRET` count as the same one given twice. */
function parseQuery(query: string): Map<string, string> {
  const parameters = new Map<string, string>();
  for (const pair of query.split('&')) {
    if (pair === '') continue;
    const equals = pair.indexOf('=');
    const spaced = pair.replaceAll('+', ' ');
    const name = decode(equals < 0 ? spaced : spaced.slice(0, equals)).toLowerCase();
    if (parameters.has(name)) throw new OtpError('invalid_uri', 'the URI gives a parameter twice');
    parameters.set(name, equals < 0 ? '' : decode(spaced.slice(equals + 1)));
  }
  return parameters;
}

/**
 * Splits `issuer:label` at the first colon, encoded or not. Spaces after it belong to the separator, except
 * `%20` after a literal `:`, which is how a label that begins with a space is written here.
 */
function parsePath(path: string): { issuer: string; label: string } {
  const separator = /:|%3a/i.exec(path);
  if (!separator) return { issuer: '', label: decode(path) };
  const rest = path.slice(separator.index + separator[0].length);
  const padding = separator[0] === ':' ? /^ +/ : /^(?: |%20)+/;
  return { issuer: decode(path.slice(0, separator.index)), label: decode(rest.replace(padding, '')) };
}

function parseSecret(text: string | undefined): Uint8Array {
  const secret = decodeBase32(text ?? '');
  if (secret.length === 0) throw new OtpError('invalid_uri', 'the URI has no secret');
  return secret;
}

/** Apps also write `sha1`, `SHA-1` and `HmacSHA1`. */
function parseAlgorithm(text: string | undefined): Algorithm {
  if (text === undefined) return DEFAULT_PARAMETERS.algorithm;
  const plain = text.toUpperCase().replace(/^HMAC/, '').replace('-', '');
  const algorithm = ALGORITHMS.find((known) => known === plain);
  if (!algorithm) {
    throw new OtpError('invalid_uri', `the algorithm must be one of ${ALGORITHMS.join(', ')}`);
  }
  return algorithm;
}

function parseDigits(text: string | undefined): Digits {
  if (text === undefined) return DEFAULT_PARAMETERS.digits;
  if (text === '6') return 6;
  if (text === '8') return 8;
  throw new OtpError('invalid_uri', 'digits must be 6 or 8');
}

function parsePeriod(text: string | undefined): number {
  if (text === undefined) return DEFAULT_PARAMETERS.period;
  const period = Number(text);
  if (!/^[0-9]+$/.test(text) || !Number.isSafeInteger(period) || period < 1) {
    throw new OtpError('invalid_uri', 'period must be a whole number of seconds, at least 1');
  }
  return period;
}

function parseCounter(text: string | undefined): number {
  if (text === undefined) return 0;
  const counter = Number(text);
  if (!/^[0-9]+$/.test(text) || !isCounter(counter)) {
    throw new OtpError('invalid_uri', 'counter must be a whole number, at least 0');
  }
  return counter;
}
