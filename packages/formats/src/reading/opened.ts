import type { Collector } from './collector.ts';

/** The answers to a file that is encrypted; each is a problem of the file. */

export function passwordRequired(collector: Collector): void {
  collector.fail('The file is encrypted.', { code: 'password_required', action: 'Give its password.' });
}

export function passwordWrong(collector: Collector): void {
  collector.fail('The password is wrong, or the file is damaged.', {
    code: 'password_wrong',
    action: 'Give the password that the file was exported with.',
  });
}

export function tooMuchWork(collector: Collector): void {
  collector.fail('The file demands more memory or work to open than any real one.', {
    action: 'Export it again, or without encryption.',
  });
}

/** The JSON that decrypted bytes hold; undefined when they hold none. */
export function jsonIn(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    return undefined;
  }
}
