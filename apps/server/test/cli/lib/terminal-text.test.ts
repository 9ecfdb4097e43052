import { describe, expect, test } from 'vitest';
import { tellError } from '../../../src/cli/lib/tell-error.ts';
import { terminalText } from '../../../src/cli/lib/terminal-text.ts';

describe('text of others on a terminal', () => {
  test('shows what would act on it', () => {
    expect(terminalText('a\u001b[31mred\u001b]0;title\u0007')).toBe('a\\u001b[31mred\\u001b]0;title\\u0007');
    expect(terminalText('\u009b31m \u007f \u202egnp.exe \r\u2028')).toBe(
      '\\u009b31m \\u007f \\u202egnp.exe \\u000d\\u2028',
    );
  });

  test('keeps line breaks and letters of every script', () => {
    const text = "✗ ada:\n  山田 太郎 😀 Zoë مريم o'brien@example.com";
    expect(terminalText(text)).toBe(text);
  });

  test('is shown so in an error, too', () => {
    expect(tellError(new Error('no \u001b[2J'))).toBe('no \\u001b[2J');
  });
});
