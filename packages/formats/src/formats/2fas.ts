import type { Format } from '../format.ts';
import { openAesGcm, pbkdf2 } from '../reading/ciphers.ts';
import { Collector, type Draft } from '../reading/collector.ts';
import { jsonIn, passwordRequired, passwordWrong } from '../reading/opened.ts';
import {
  algorithmOf,
  counterOf,
  dateOf,
  digitsOf,
  firstText,
  isRow,
  periodOf,
  type Row,
  rowOf,
  textOf,
} from '../reading/values.ts';
import { decodeBase64, Refusal, readSecret } from '../secret-text.ts';

/**
 * A backup of 2FAS, plain or encrypted with a password (`data:salt:iv` in base64; PBKDF2-HMAC-SHA256, AES-256-GCM).
 * Source: the importer of Aegis and the backup's own schema versions 1 to 4.
 */
export const twoFas: Format = {
  name: '2fas',
  title: '2FAS (.2fas, plain or encrypted)',
  matches: ({ json }) =>
    isRow(json) && ('servicesEncrypted' in json || (Array.isArray(json.services) && 'schemaVersion' in json)),
  async parse({ json }, { password }) {
    const collector = new Collector('2fas');
    const backup = isRow(json) ? json : {};
    const sealed = backup.servicesEncrypted;
    const services =
      typeof sealed === 'string' && sealed !== '' ? await open(collector, sealed, password) : backup.services;
    if (services === null) return collector.done();
    if (!Array.isArray(services)) collector.fail('The backup has no services.');
    else {
      for (const [index, service] of (services as unknown[]).entries()) {
        collector.add(`entry ${index + 1}`, () => draftOf(rowOf(service, 'service')));
      }
    }
    return collector.done();
  },
};

const ITERATIONS = 10_000;

async function open(collector: Collector, sealed: string, password: string | undefined): Promise<unknown> {
  if (password === undefined) {
    passwordRequired(collector);
    return null;
  }
  const [data, salt, iv] = sealed.split(':').map(decodeBase64);
  const text = new TextEncoder().encode(password);
  const key = salt ? await pbkdf2('SHA-256', text, { salt, iterations: ITERATIONS, bytes: 32 }) : null;
  const opened = key && data && iv ? await openAesGcm(key, iv, data) : null;
  if (opened !== null) return jsonIn(opened);
  passwordWrong(collector);
  return null;
}

function draftOf(service: Row): Draft {
  const otp = isRow(service.otp) ? service.otp : {};
  const type = textOf(otp.tokenType ?? 'TOTP').toLowerCase();
  if (type !== 'totp' && type !== 'hotp') {
    throw new Refusal('It is neither TOTP nor HOTP: Steam makes its codes in its own way.', {
      field: 'tokenType',
      action: 'Enrol this user anew.',
    });
  }
  return {
    label: firstText(otp.account, otp.label, service.name),
    issuer: firstText(otp.issuer, service.name),
    type,
    algorithm: algorithmOf(otp.algorithm),
    digits: digitsOf(otp.digits),
    ...(type === 'totp' ? { period: periodOf(otp.period) } : { counter: counterOf(otp.counter) }),
    secret: readSecret(textOf(service.secret)),
    createdAt: dateOf(service.updatedAt),
  };
}
