import type { Format } from '../format.ts';
import { Collector, Skip } from '../reading/collector.ts';
import { digitsOf } from '../reading/values.ts';
import { Refusal, readSecret } from '../secret-text.ts';

/**
 * What the YubiKey Personalization Tool logs, in its traditional layout (`OATH-HOTP,time,slot,public id,…,key`) and in
 * Yubico's (`serial,public id,private id,key,…`). Source: privacyIDEA's `importotp.py`. Only OATH-HOTP is taken.
 */
export const yubicoCsv: Format = {
  name: 'yubico-csv',
  title: 'YubiKey Personalization Tool (CSV)',
  entries: 'cells',
  matches: ({ firstLine }) =>
    /^(?:yubico otp|oath-hotp|static password|scan code),/i.test(firstLine) ||
    /^\d+,[cbdefghijklnrtuv]*,[0-9a-f]*,[0-9a-f]{32,40},/i.test(firstLine),
  parse(input) {
    const collector = new Collector('yubico-csv');
    for (const { line, cells } of input.csv()) {
      if (cells[0]?.trimStart().startsWith('#')) continue;
      collector.add(`line ${line}`, () => draftOf(cells.map((cell) => cell.trim())));
    }
    return collector.done();
  },
};

function draftOf(cells: readonly string[]) {
  if (cells.length < 6) throw new Refusal('The line has fewer columns than either layout.');
  return /^\d+$/.test(cells[0] ?? '') ? yubicoLayout(cells) : traditionalLayout(cells);
}

function traditionalLayout([
  kind = '',
  ,
  slot = '',
  publicId = '',
  ,
  key = '',
  ,
  ,
  ,
  ,
  ,
  digits,
]: readonly string[]) {
  if (kind.toLowerCase() !== 'oath-hotp')
    throw new Skip(`${shown(kind)} is not OATH: only OATH-HOTP is imported.`);
  if (publicId === '')
    throw new Refusal('The line has no public id to name the key by.', { field: 'clientId' });
  const clientId = `${publicId}_${slot}`;
  // The column of digits says 0 where the tool has not asked for any.
  return hotp(clientId, key, digits === '8' ? '8' : '6');
}

function yubicoLayout([serial = '', , privateId = '', key = '']: readonly string[]) {
  if (privateId === '') throw new Skip('This is a static password, which is no one-time password.');
  if (privateId !== '0')
    throw new Skip('This is a Yubico OTP, which is checked by other means: only OATH-HOTP is imported.');
  return hotp(serial, key, '6');
}

function hotp(clientId: string, key: string, digits: string) {
  const secret = readSecret(key, 'hex');
  return {
    clientId,
    label: clientId,
    issuer: 'YubiKey',
    type: 'hotp' as const,
    counter: 0,
    digits: digitsOf(digits),
    secret,
  };
}

function shown(kind: string): string {
  return ['yubico otp', 'static password', 'scan code'].includes(kind.toLowerCase()) ? kind : 'The line';
}
