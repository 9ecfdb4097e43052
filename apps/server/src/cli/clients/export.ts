import { randomBytes } from 'node:crypto';
import { createWriteStream, existsSync, readFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type OtpRecord, writeKanda, writeOathCsv, writeOtpauth, writePskc } from '@kanda/formats';
import { openInstallation } from '../../compose/installation.ts';
import type { Config } from '../../config/schema.ts';
import { sealTo } from '../../crypto/age-recipient.ts';
import { byOperator } from '../accounts/account.ts';
import { draftFor } from '../lib/draft-file.ts';

export const EXPORT_FORMATS = ['kanda', 'otpauth', 'pskc', 'oath-csv'] as const;
type ExportFormat = (typeof EXPORT_FORMATS)[number];

export interface ExportOptions {
  readonly account: string;
  readonly format: string;
  readonly recipient?: string;
  readonly passwordFile?: string;
  readonly force?: boolean;
}

/** Writes an account's users with their secrets into a file that only its recipient can read. */
export async function exportFile(config: Config, file: string, options: ExportOptions): Promise<void> {
  const format = formatOf(options.format);
  const seal = await sealOf(format, options);
  if (existsSync(file) && options.force !== true)
    throw new Error(`${file} is there already. Replace it with --force.`);
  const { store, exports, clock, close } = await openInstallation(config);
  try {
    const email = options.account.trim().toLowerCase();
    const account = await store.findAccountByEmail(email);
    if (account === null)
      throw new Error(`There is no account with the address ${email}. List them: kanda account list`);
    const counted = { secrets: 0 };
    const records = counting(
      exports.records(account.id, () => byOperator(clock)),
      counted,
    );
    const draft = draftFor(file);
    try {
      await pipeline(
        Readable.fromWeb((await seal(records)) as never),
        createWriteStream(draft.path, { flags: 'r+' }),
      );
      draft.place();
    } catch (error) {
      draft.discard();
      throw error;
    }
    console.log(`${counted.secrets} secrets are in ${file}, as ${format}.`);
  } finally {
    await close();
  }
}

function formatOf(text: string): ExportFormat {
  const known = EXPORT_FORMATS.find((format) => format === text);
  if (known === undefined) throw new Error(`--format takes one of ${EXPORT_FORMATS.join(', ')}.`);
  return known;
}

type Seal = (records: AsyncIterable<OtpRecord>) => Promise<ReadableStream<Uint8Array>>;

/** PSKC encrypts its secrets itself; everything else is encrypted as a whole (age). */
async function sealOf(format: ExportFormat, { recipient, passwordFile }: ExportOptions): Promise<Seal> {
  if (format === 'pskc') {
    if (passwordFile === undefined)
      throw new Error('PSKC is encrypted with a password: --password-file FILE.');
    const password = readFileSync(passwordFile, 'utf8').replace(/\r?\n[\s\S]*$/, '');
    if (password.length < 12)
      throw new Error(`The password in ${passwordFile} must have 12 characters or more.`);
    return async (records) => bytesOf(writePskc(records, { password }, (length) => randomBytes(length)));
  }
  if (recipient === undefined) {
    throw new Error('Say who may read the file: --recipient age1…, the public key that `age-keygen` prints.');
  }
  const seal = await sealTo(recipient);
  if (seal === null) throw new Error('--recipient takes the public key of an age recipient: age1…');
  return (records) => seal(linesOf(format, records));
}

async function* linesOf(format: ExportFormat, records: AsyncIterable<OtpRecord>): AsyncGenerator<string> {
  for await (const record of records) {
    if (format === 'kanda') yield writeKanda(record);
    else if (format === 'otpauth') yield writeOtpauth(record);
    else yield* writeOathCsv([record]);
  }
}

async function* counting(
  records: AsyncIterable<OtpRecord>,
  counted: { secrets: number },
): AsyncGenerator<OtpRecord> {
  for await (const record of records) {
    counted.secrets++;
    yield record;
  }
}

function bytesOf(lines: AsyncIterable<string>): ReadableStream<Uint8Array> {
  return ReadableStream.from(encoded(lines));
}

async function* encoded(lines: AsyncIterable<string>): AsyncGenerator<Uint8Array> {
  const encoder = new TextEncoder();
  for await (const line of lines) yield encoder.encode(line);
}
