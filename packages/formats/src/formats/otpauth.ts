import { type OtpauthAccount, OtpError, parseOtpauthUri } from '@kanda/otp';
import type { Format } from '../format.ts';
import { Collector, type Draft, type Entry } from '../reading/collector.ts';
import { bounded, Refusal, readSecret, writeSecret } from '../secret-text.ts';

/**
 * Lists of `otpauth://` URIs, one a line, as many apps export them (Ente, Authelia, oathtool scripts). Source: the Key
 * Uri Format of Google Authenticator's wiki.
 */
export const otpauth: Format = {
  name: 'otpauth',
  title: 'otpauth:// URIs, one a line',
  entries: 'lines',
  matches: ({ firstLine }) => /^otpauth:\/\//i.test(firstLine),
  parse(input) {
    const collector = new Collector('otpauth');
    for (const { line, text } of input.lines()) {
      collector.add(`line ${line}`, (entry) => otpauthDraft(text, entry));
    }
    return collector.done();
  },
};

/**
 * What a URI says, with what it leaves open noted.
 *
 * @throws {Refusal} when it is not a URI of a TOTP or HOTP secret that is taken
 */
export function otpauthDraft(uri: string, entry: Entry): Draft {
  if (/^otpauth-migration:/i.test(uri)) {
    throw new Refusal('This is an export of Google Authenticator.', {
      action: 'Import it as a file of its own.',
    });
  }
  const type = /^otpauth:\/\/([^/?#]*)/i.exec(uri)?.[1]?.toLowerCase();
  if (type === undefined) throw new Refusal('This is not an otpauth:// URI.');
  if (type !== 'totp' && type !== 'hotp') {
    throw new Refusal(
      type === 'steam'
        ? 'Steam makes its codes in its own way, which is neither TOTP nor HOTP.'
        : 'It is neither otpauth://totp/ nor otpauth://hotp/.',
      { field: 'type', action: 'Enrol this user anew.' },
    );
  }
  const digits = /[?&]digits=([^&#]*)/i.exec(uri)?.[1];
  if (digits !== undefined && digits !== '' && digits !== '6' && digits !== '8') {
    throw new Refusal(
      `Its codes have ${/^\d{1,3}$/.test(digits) ? digits : 'an unknown number of'} digits; codes of 6 and of 8 digits are taken.`,
      {
        field: 'digits',
        action: 'Enrol this user anew.',
      },
    );
  }
  const account = read(withPlainSecret(uri, entry));
  if (account.issuer === '') entry.note('The URI names no issuer.');
  const prefix = prefixOf(uri);
  if (prefix !== null && prefix !== account.issuer) {
    entry.note('The issuer before the label is another one than that of the parameter, which was taken.');
  }
  return { ...account, secret: bounded(account.secret) };
}

function read(uri: string): OtpauthAccount {
  try {
    return parseOtpauthUri(uri);
  } catch (error) {
    if (!(error instanceof OtpError)) throw error;
    throw new Refusal(`${error.message.charAt(0).toUpperCase()}${error.message.slice(1)}.`);
  }
}

/** The URI with its secret as the parser wants it: surplus padding and separators are dropped. */
function withPlainSecret(uri: string, entry: Entry): string {
  return uri.replace(/([?&]secret=)([^&#]*)/i, (_whole, name: string, value: string) => {
    const { bytes, notes } = readSecret(decoded(value.replaceAll('+', ' ')));
    for (const note of notes) entry.note(note);
    return name + writeSecret(bytes);
  });
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new Refusal('The URI has broken percent-encoding.', { field: 'secret' });
  }
}

/** The issuer before the label's colon; null when there is none. */
function prefixOf(uri: string): string | null {
  const path = /^otpauth:\/\/[^/?#]*\/([^?#]*)/i.exec(uri)?.[1] ?? '';
  const separator = /:|%3a/i.exec(path);
  return separator === null ? null : decoded(path.slice(0, separator.index));
}
