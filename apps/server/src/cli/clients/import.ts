import { closeSync, openSync, readFileSync, statSync, writeSync } from 'node:fs';
import { createInterface } from 'node:readline/promises';
import {
  batchesOf,
  isClientIdRule,
  MAPPED_FIELDS,
  MAX_FILE_BYTES,
  type MappedField,
  type Parsed,
  type ParseOptions,
  type Problem,
  parseFile,
  recordsToImport,
  SECRET_ENCODINGS,
  type SecretEncoding,
  type ToImport,
} from '@kanda/formats';
import type { Config } from '../../config/schema.ts';
import { Secret } from '../../domain/secret.ts';
import { askPassword } from '../lib/ask-password.ts';
import { Progress } from '../lib/progress.ts';
import { previewText, summaryText } from './import-report.ts';
import { type Sender, serverSender, storeSender } from './import-senders.ts';
import { ImportTally } from './import-tally.ts';

export interface ImportOptions {
  readonly format: string;
  readonly account?: string;
  readonly url: string;
  readonly apiKeyFile?: string;
  readonly dryRun?: boolean;
  readonly map?: string;
  readonly secretEncoding?: string;
  readonly clientId: string;
  readonly issuer?: string;
  readonly onConflict: string;
  readonly allowShortSecrets?: boolean;
  readonly allowMissingMac?: boolean;
  readonly passwordStdin?: boolean;
  readonly passwordFile?: string;
  readonly keyFile?: string;
  readonly yes?: boolean;
  readonly report?: string;
}

/** Reads a file of another program, shows what it understood, and has it imported. @returns whether all of it was taken */
export async function importFile(
  file: string,
  options: ImportOptions,
  config: () => Config,
): Promise<boolean> {
  const onConflict = conflictRule(options.onConflict);
  assertClientIdRule(options.clientId);
  const { records, problems } = await understood(file, options);
  if (problems.some(({ kind }) => kind === 'file') && records.length === 0) return false;
  const sender = await senderOf(options, config);
  try {
    const send = (dryRun: boolean) => sendAll(sender, records, { ...options, onConflict, dryRun });
    if (options.dryRun === true || onConflict === 'fail') {
      const planned = await send(true);
      const conflicts = planned.counts.get('conflict') ?? 0;
      if (options.dryRun === true || conflicts > 0) {
        console.log(summaryText(planned, problems, true));
        report(options.report, planned, problems);
        return isWhole(planned, problems) && conflicts === 0;
      }
    }
    await confirmed(options.yes === true, records.length);
    const done = await send(false);
    console.log(summaryText(done, problems, false));
    report(options.report, done, problems);
    return isWhole(done, problems);
  } finally {
    await sender.close();
  }
}

/** What of the file is to be imported, after it was shown. What was read of it beside that is not kept. */
async function understood(
  file: string,
  options: ImportOptions,
): Promise<{ readonly records: readonly ToImport[]; readonly problems: readonly Problem[] }> {
  const parsed = await read(file, options);
  const named = recordsToImport(parsed, { clientId: options.clientId, issuer: options.issuer ?? null });
  const problems = [...parsed.problems, ...named.problems];
  console.error(previewText(parsed, named.records, problems));
  return { records: named.records, problems };
}

function conflictRule(text: string): 'skip' | 'fail' | 'replace' {
  if (text === 'skip' || text === 'fail' || text === 'replace') return text;
  throw new Error('--on-conflict takes skip, fail or replace.');
}

function assertClientIdRule(rule: string): void {
  if (isClientIdRule(rule)) return;
  throw new Error(
    '--client-id takes column, label, issuer:label, or a template such as "app-{clientId}" of {clientId}, {label}, {issuer} and {name}.',
  );
}

function isWhole({ left }: ImportTally, problems: readonly Problem[]): boolean {
  return left.length === 0 && !problems.some(({ kind }) => kind === 'refused' || kind === 'file');
}

/** With a password if the file asks for one and there is a terminal to type it. */
async function read(file: string, options: ImportOptions): Promise<Parsed> {
  if (statSync(file).size > MAX_FILE_BYTES)
    throw new Error(`${file} has more than ${MAX_FILE_BYTES / 1_048_576} MiB. Split it.`);
  const bytes = readFileSync(file);
  const how = parseOptions(options);
  const password = await givenPassword(options);
  const parsed = await parseFile(
    bytes,
    options.format,
    password === null ? how : { ...how, password: password.reveal() },
  );
  const asks = parsed.problems.some(({ code }) => code === 'password_required');
  if (!asks || password !== null || !process.stdin.isTTY) return parsed;
  const typed = await askPassword('Password of the file: ');
  return parseFile(bytes, options.format, { ...how, password: typed.reveal() });
}

async function givenPassword({ passwordFile, passwordStdin }: ImportOptions): Promise<Secret<string> | null> {
  if (passwordFile !== undefined) return new Secret(firstLine(passwordFile));
  return passwordStdin === true ? new Secret(readFileSync(0, 'utf8').replace(/\r?\n$/, '')) : null;
}

function firstLine(path: string): string {
  return readFileSync(path, 'utf8').replace(/\r?\n[\s\S]*$/, '');
}

function parseOptions({ map, secretEncoding, keyFile, allowMissingMac }: ImportOptions): ParseOptions {
  return {
    ...(map === undefined ? {} : { map: mapOf(map) }),
    ...(secretEncoding === undefined ? {} : { secretEncoding: encodingOf(secretEncoding) }),
    ...(keyFile === undefined ? {} : { key: keyOf(keyFile) }),
    ...(allowMissingMac === true ? { allowMissingMac } : {}),
  };
}

function mapOf(text: string): Partial<Record<MappedField, string>> {
  const pairs = text.split(',').map((pair) => {
    const [field = '', ...column] = pair.split('=');
    if (!MAPPED_FIELDS.includes(field as MappedField) || column.length === 0) {
      throw new Error(`--map takes FIELD=COLUMN,… with these fields: ${MAPPED_FIELDS.join(', ')}.`);
    }
    return [field, column.join('=')];
  });
  return Object.fromEntries(pairs);
}

function encodingOf(text: string): SecretEncoding {
  const known = SECRET_ENCODINGS.find((encoding) => encoding === text);
  if (known === undefined) throw new Error(`--secret-encoding takes one of ${SECRET_ENCODINGS.join(', ')}.`);
  return known;
}

/** In hex, in base64, or the bytes themselves. */
function keyOf(path: string): Uint8Array {
  const bytes = readFileSync(path);
  const text = bytes.toString('latin1').trim();
  if (/^(?:[0-9a-fA-F]{32}|[0-9a-fA-F]{64})$/.test(text)) return Buffer.from(text, 'hex');
  const decoded = Buffer.from(text, 'base64');
  return decoded.length === 16 || decoded.length === 32 ? decoded : bytes;
}

async function senderOf({ account, apiKeyFile, url }: ImportOptions, config: () => Config): Promise<Sender> {
  if (account !== undefined) return storeSender(config(), account.trim().toLowerCase());
  if (apiKeyFile !== undefined) return serverSender(url, new Secret(firstLine(apiKeyFile).trim()));
  throw new Error(
    'Say whose users these are: --account E-MAIL, on the machine of the store; or --api-key-file, with an API key that has the scope totp:import.',
  );
}

async function sendAll(
  sender: Sender,
  records: readonly ToImport[],
  {
    onConflict,
    allowShortSecrets = false,
    dryRun,
    report: reportFile,
  }: { onConflict: string; allowShortSecrets?: boolean; dryRun: boolean; report?: string },
): Promise<ImportTally> {
  const progress = new Progress(dryRun ? 'Looking' : 'Importing');
  const tally = new ImportTally(reportFile !== undefined);
  let seen = 0;
  for (const batch of batchesOf(records)) {
    const rule = onConflict === 'replace' ? 'replace' : 'skip';
    const sent = await sender.send({
      records: batch.map(({ fields }) => fields),
      onConflict: rule,
      allowShortSecrets,
      dryRun,
    });
    for (const [index, result] of sent.entries()) tally.add({ place: batch[index]?.place ?? '', ...result });
    seen += batch.length;
    progress.show(seen / records.length);
  }
  progress.end();
  return tally;
}

async function confirmed(yes: boolean, count: number): Promise<void> {
  if (yes || count === 0) return;
  if (!process.stdin.isTTY)
    throw new Error(
      'There is no terminal to ask for your consent. Look at it with --dry-run, then say --yes.',
    );
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  const typed = await lines.question(`\nImport these ${count}? [y/N] `);
  lines.close();
  if (!/^y(?:es)?$/i.test(typed.trim())) throw new Error('Stopped. Nothing was changed.');
}

/** NDJSON, one line for each record and each problem of the file; readable by its owner alone, as it has names. */
function report(path: string | undefined, { reported }: ImportTally, problems: readonly Problem[]): void {
  if (path === undefined) return;
  const descriptor = openSync(path, 'w', 0o600);
  for (const line of [...reported, ...problems.map(({ kind, ...rest }) => ({ result: kind, ...rest }))]) {
    writeSync(descriptor, `${JSON.stringify(line)}\n`);
  }
  closeSync(descriptor);
}
