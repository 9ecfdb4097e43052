import { createInterface } from 'node:readline/promises';

const SHAPE = /^(\d{6}|\d{8})$/;

/** A code that a user reads out: asked for on a terminal, else the first line of standard input. */
export async function askCode(): Promise<string> {
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const typed = process.stdin.isTTY ? await lines.question('Code: ') : await firstOf(lines);
    const code = typed.replaceAll(/\s/g, '');
    if (!SHAPE.test(code)) throw new Error('A code has 6 or 8 digits. Nothing was looked at.');
    return code;
  } finally {
    lines.close();
  }
}

async function firstOf(lines: AsyncIterable<string>): Promise<string> {
  for await (const line of lines) return line;
  throw new Error('Standard input is empty; it should hold the code: echo 123456 | kanda client diagnose …');
}
