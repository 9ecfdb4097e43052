import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import { Secret } from '../../domain/secret.ts';

const MAX_INPUT_LENGTH = 64 * 1024;

/**
 * A new password: the whole of standard input with `fromStdin`, else from a hidden prompt, twice. It has no
 * flag, since command lines are visible to every user of a machine. `check` may refuse it before it has to
 * be typed again.
 */
export async function askNewPassword(
  fromStdin: boolean,
  check: (password: Secret<string>) => Promise<void>,
): Promise<Secret<string>> {
  if (fromStdin) {
    const password = await readPassword();
    await check(password);
    return password;
  }
  if (!process.stdin.isTTY) {
    throw new Error(
      'There is no terminal to ask for the password. Hand it in: … --password-stdin < password.txt',
    );
  }
  const ask = hiddenPrompt();
  try {
    const password = await ask.next('Password: ');
    await check(password);
    const again = await ask.next('The same again: ');
    if (password.reveal() !== again.reveal()) {
      throw new Error('The two passwords differ. Nothing was changed; start the command again.');
    }
    return password;
  } finally {
    ask.close();
  }
}

/** A password that is there already, from a hidden prompt. @throws when the terminal is closed */
export async function askPassword(question: string): Promise<Secret<string>> {
  const ask = hiddenPrompt();
  try {
    return await ask.next(question);
  } finally {
    ask.close();
  }
}

/** Everything on standard input but the line's end that `echo` or an editor leaves. */
async function readPassword(): Promise<Secret<string>> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of process.stdin as AsyncIterable<Buffer>) {
    length += part.length;
    if (length > MAX_INPUT_LENGTH) throw new Error('Standard input is too long to be a password.');
    parts.push(part);
  }
  const text = Buffer.concat(parts)
    .toString('utf8')
    .replace(/\r?\n$/, '');
  if (text === '') throw new Error('Standard input is empty; it should hold the password.');
  if (/[\r\n]/.test(text)) {
    throw new Error('Standard input has more than one line; it should hold the password alone.');
  }
  return new Secret(text);
}

interface HiddenPrompt {
  /** The next line that is typed. */
  next(question: string): Promise<Secret<string>>;
  close(): void;
}

/**
 * Asks on the terminal, and shows nothing of what is typed from now until it is closed: the user may type
 * ahead of a question. The questions go to standard error.
 */
function hiddenPrompt(): HiddenPrompt {
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  // From here on the terminal is in raw mode and does not echo.
  const lines = createInterface({ input: process.stdin, output: nowhere, terminal: true, historySize: 0 });
  const typed = lines[Symbol.asyncIterator]();
  lines.once('SIGINT', () => lines.close());
  return {
    async next(question) {
      process.stderr.write(question);
      const { value, done } = await typed.next();
      process.stderr.write('\n');
      if (done === true) throw new Error('Stopped. Nothing was changed.');
      return new Secret(value);
    },
    close: () => lines.close(),
  };
}
