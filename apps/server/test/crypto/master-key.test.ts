import { spawn } from 'node:child_process';
import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { MasterKeyError, parseMasterKey } from '../../src/crypto/master-key.ts';
import { readMasterKeyFile, readOrCreateMasterKeyFile } from '../../src/crypto/master-key-file.ts';
import { Secret } from '../../src/domain/secret.ts';
import { bytesFrom, masterKey, masterKeyText, seeded, temporaryDirectory, thrownBy } from './fixtures.ts';

const parse = (text: string) => parseMasterKey(new Secret(text), 'KANDA_MASTER_KEY');

describe('a master key as text', () => {
  it('is the same key in base64 and base64url, padded or not, with white space around it', () => {
    const bytes = Buffer.from(bytesFrom('with + and /', 32));
    bytes[0] = 0xfb;
    bytes[1] = 0xff;
    const base64 = bytes.toString('base64');
    const base64url = bytes.toString('base64url');
    expect(base64).toMatch(/^\+\//);
    const { id, key } = parse(base64);
    expect(key.export()).toEqual(bytes);
    for (const form of [base64url, `${base64url}=`, base64.replace('=', ''), ` ${base64}\r\n`]) {
      expect(parse(form).id).toBe(id);
      expect(parse(form).key.equals(key)).toBe(true);
    }
  });

  it('is refused with its source, the fault and a command that makes a good one', () => {
    const cases: [string, RegExp][] = [
      ['', /^KANDA_MASTER_KEY is empty/],
      [' \n', /^KANDA_MASTER_KEY is empty/],
      [Buffer.alloc(16, 7).toString('base64'), /^KANDA_MASTER_KEY holds 16 bytes/],
      [Buffer.alloc(33, 7).toString('base64'), /^KANDA_MASTER_KEY holds 33 bytes/],
      [Buffer.alloc(32, 7).toString('hex'), /^KANDA_MASTER_KEY holds 48 bytes/],
      [`${masterKeyText('a')}==`, /^KANDA_MASTER_KEY is not base64/],
      [`"${masterKeyText('a')}"`, /^KANDA_MASTER_KEY is not base64/],
      [masterKeyText('a').replace(/^./, '!'), /^KANDA_MASTER_KEY is not base64/],
      [masterKeyText('a').replace(/^(.{20})/, '$1\n'), /^KANDA_MASTER_KEY is not base64/],
    ];
    for (const [text, message] of cases) {
      const error = thrownBy(() => parse(text));
      expect(error).toBeInstanceOf(MasterKeyError);
      expect(String((error as Error).message)).toMatch(message);
      expect(String((error as Error).message)).toContain('openssl rand -base64 32');
    }
  });

  it('is never read as another key than the one written: text that loses bits is refused', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 32, maxLength: 32 }),
        fc.constantFrom(1, 2, 3),
        (bytes, extra) => {
          const text = Buffer.from(bytes).toString('base64url');
          const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
          const last = alphabet.indexOf(text.slice(-1));
          expect(() => parse(text.slice(0, -1) + alphabet[last + extra])).toThrow(MasterKeyError);
        },
      ),
    );
  });

  it('has an id that names it, is stable, and is not a hash of the key itself', () => {
    // A golden value: stores keep this id, so it may never change.
    expect(masterKey('golden').id).toBe('536221b5ce48cdd0');
    expect(masterKey('other').id).not.toBe(masterKey('golden').id);
  });
});

describe('a master key file', () => {
  it('is made on first use, readable by its owner alone, with nothing left beside it', () => {
    const directory = temporaryDirectory();
    const path = join(directory, 'master.key');
    const { masterKeys, created } = readOrCreateMasterKeyFile(path, seeded('first'));
    expect(created).toBe(true);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readdirSync(directory)).toEqual(['master.key']);
    expect(parse(readFileSync(path, 'utf8')).id).toBe(masterKeys[0].id);
  });

  it('is read, not made anew, at the next start', () => {
    const path = join(temporaryDirectory(), 'master.key');
    const first = readOrCreateMasterKeyFile(path, seeded('first'));
    const second = readOrCreateMasterKeyFile(path, seeded('second'));
    expect(second.created).toBe(false);
    expect(second.masterKeys[0].id).toBe(first.masterKeys[0].id);
    expect(readMasterKeyFile(path)[0].id).toBe(first.masterKeys[0].id);
  });

  it('made by another process at the very last moment wins', () => {
    const directory = temporaryDirectory();
    const path = join(directory, 'master.key');
    const winner = masterKeyText('winner');
    const lateRandomBytes = (length: number) => {
      writeFileSync(path, winner, { mode: 0o600 });
      return bytesFrom('loser', length);
    };
    const { masterKeys, created } = readOrCreateMasterKeyFile(path, lateRandomBytes);
    expect(created).toBe(false);
    expect(masterKeys[0].id).toBe(parse(winner).id);
    expect(readdirSync(directory)).toEqual(['master.key']);
  });

  it('is the same for all of several processes that start at once, and one of them made it', async () => {
    const directory = temporaryDirectory();
    const processes = Array.from({ length: 4 }, startProcess);
    for (let round = 0; round < 25; round++) {
      const path = join(directory, `${round}.key`);
      const answers = await Promise.all(processes.map((ask) => ask(path)));
      expect(new Set(answers.map((answer) => answer.id)).size, `round ${round}`).toBe(1);
      expect(answers.filter((answer) => answer.created)).toHaveLength(1);
    }
  });

  it('is refused with a chmod command when everybody can read or write it', () => {
    const path = join(temporaryDirectory(), 'master.key');
    writeFileSync(path, masterKeyText('open'));
    for (const mode of [0o604, 0o602, 0o644, 0o666]) {
      chmodSync(path, mode);
      expect(() => readMasterKeyFile(path)).toThrow(`chmod 600 '${path}'`);
      expect(() => readOrCreateMasterKeyFile(path, seeded('new'))).toThrow(MasterKeyError);
    }
    for (const mode of [0o400, 0o600, 0o440, 0o640]) {
      chmodSync(path, mode);
      expect(readMasterKeyFile(path)[0].id).toBe(masterKey('open').id);
    }
  });

  it('is named in the error when it is missing, is no file, holds no key or cannot be made', () => {
    const directory = temporaryDirectory();
    const missing = join(directory, 'missing.key');
    expect(() => readMasterKeyFile(missing)).toThrow(`no master key file at ${missing}`);

    const folder = join(directory, 'folder.key');
    mkdirSync(folder, { mode: 0o700 });
    expect(() => readMasterKeyFile(folder)).toThrow(
      new RegExp(`${folder} cannot be read .* It is a folder: name the file in it`),
    );

    const empty = join(directory, 'empty.key');
    writeFileSync(empty, '', { mode: 0o600 });
    expect(() => readOrCreateMasterKeyFile(empty, seeded('new'))).toThrow(`${empty} is empty`);
    expect(readFileSync(empty, 'utf8')).toBe('');

    const nowhere = join(directory, 'no-such-directory', 'master.key');
    expect(() => readOrCreateMasterKeyFile(nowhere, seeded('new'))).toThrow(
      `could not be written to ${nowhere}`,
    );
  });
});

interface Answer {
  readonly id: string;
  readonly created: boolean;
}

/** Starts `master-key-starter.ts` and gives a function that asks it for the key at a path. */
function startProcess(): (path: string) => Promise<Answer> {
  const starter = spawn(process.execPath, [join(import.meta.dirname, 'master-key-starter.ts')], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  onTestFinished(() => void starter.kill());
  const lines = createInterface({ input: starter.stdout })[Symbol.asyncIterator]();
  return async (path) => {
    starter.stdin.write(`${path}\n`);
    return JSON.parse((await lines.next()).value ?? 'null');
  };
}
