import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  createHotpKey,
  encodeBase32,
  formatCode,
  formatOtpauthUri,
  hotp,
  parseOtpauthUri,
  totp,
} from '../src/index.ts';
import { anyAlgorithm, anyDigits, anyPeriod, anySecret, anyTime } from './reference.ts';

/** The secret goes through standard input, so that other users of the machine do not see it among the processes. */
function oathtool(key: string, ...options: string[]): string[] {
  return execFileSync('oathtool', [...options, '-'], { input: `${key}\n`, encoding: 'utf8' })
    .trim()
    .split('\n');
}

function oathtoolIsInstalled(): boolean {
  try {
    execFileSync('oathtool', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

const installed = oathtoolIsInstalled();
const reason = 'oathtool is not installed, so codes are not compared with it (apt install oathtool)';
// A comparison that did not happen proves nothing: where the verdict counts, it is a failure.
if (!installed && process.env.CI) throw new Error(reason);
if (!installed) console.warn(`SKIPPED: ${reason}`);

describe('oathtool', () => {
  it.runIf(installed)('shows the same ten codes in a row, for any secret, parameters and time', () => {
    fc.assert(
      fc.property(
        anySecret,
        anyAlgorithm,
        anyDigits,
        anyPeriod,
        anyTime,
        (secret, algorithm, digits, period, time) => {
          const key = createHotpKey(secret, algorithm);
          const ours = Array.from({ length: 10 }, (_, step) =>
            totp(key, time + step * period * 1000, { algorithm, digits, period }),
          );
          const theirs = oathtool(
            Buffer.from(secret).toString('hex'),
            `--totp=${algorithm}`,
            `--digits=${digits}`,
            `--time-step-size=${period}s`,
            `--now=@${Math.floor(time / 1000)}`,
            '--window=9',
          );
          expect(ours).toEqual(theirs);
        },
      ),
      { numRuns: 100 },
    );
  });

  it.runIf(installed)('counts past 2^32 as we do', () => {
    const secret = new Uint8Array(20).fill(7);
    const key = createHotpKey(secret, 'SHA1');
    for (const counter of [2 ** 32 - 2, 2 ** 40, 2 ** 53 - 6]) {
      const ours = Array.from({ length: 5 }, (_, index) => formatCode(hotp(key, counter + index, 6), 6));
      expect(ours).toEqual(
        oathtool(Buffer.from(secret).toString('hex'), '--hotp', `--counter=${counter}`, '--window=4'),
      );
    }
  });

  it.runIf(installed)('reads the secret of our URI, and so shows the same code', () => {
    fc.assert(
      fc.property(anySecret, (secret) => {
        const uri = formatOtpauthUri({
          type: 'totp',
          issuer: 'I',
          label: 'l',
          secret,
          algorithm: 'SHA1',
          digits: 6,
          period: 30,
        });
        const text = new URL(uri).searchParams.get('secret') ?? '';
        const code = totp(createHotpKey(secret, 'SHA1'), 59_000, {
          algorithm: 'SHA1',
          digits: 6,
          period: 30,
        });
        expect(oathtool(text, '--totp', '--base32', '--now=@59')).toEqual([code]);
      }),
      { numRuns: 30 },
    );
  });

  it.runIf(installed)('drops left-over bits of a secret as we do', () => {
    for (const text of ['MZXW6YR', 'MZXW6YT', 'M7', 'MZXX', 'MZXW7']) {
      const { secret } = parseOtpauthUri(`otpauth://totp/a?secret=${text}`);
      const code = totp(createHotpKey(secret, 'SHA1'), 59_000, { algorithm: 'SHA1', digits: 6, period: 30 });
      expect(encodeBase32(secret)).not.toBe(text);
      expect(oathtool(text, '--totp', '--base32', '--now=@59')).toEqual([code]);
    }
  });
});
