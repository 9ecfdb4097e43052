import { readFileSync, statSync } from 'node:fs';
import { createInterface } from 'node:readline/promises';
import {
  batchesOf,
  isClientIdRule,
  MAPPED_FIELDS,
  type MappedField,
  type NamingRules,
  type ParseOptions,
  type Preview,
  previewOf,
  recordsToImport,
  SECRET_ENCODINGS,
  type SecretEncoding,
} from '@kanda/formats';
import type { Config } from '../../config/schema.ts';
import { Secret } from '../../domain/secret.ts';
import { Progress } from '../lib/progress.ts';
import { PREVIEWED, previewText, ReportFile, summaryText, type Understood } from './import-report.ts';
import { type Sender, serverSender, storeSender } from './import-senders.ts';
import { type ImportSource, openSource } from './import-source.ts';
import { ImportTally, Reasons } from './import-tally.ts';

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
  const password = await givenPassword(options);
  if (options.report !== undefined) assertOtherFile(file, options.report);
  const source = await openSource(file, { format: options.format, parse: parseOptions(options), password });
  try {
    return await importSource(source, { ...options, onConflict }, config);
  } finally {
    source.close();
  }
}

/** The report is begun before the file has been read to its end. */
function assertOtherFile(file: string, report: string): void {
  const [one, other] = [file, report].map((path) => statSync(path, { throwIfNoEntry: false }));
  if (one === undefined || one.dev !== other?.dev || one.ino !== other.ino) return;
  throw new Error('--report would overwrite the file that is imported. Name another one.');
}

type Asked = ImportOptions & { readonly onConflict: 'skip' | 'fail' | 'replace' };

async function importSource(source: ImportSource, options: Asked, config: () => Config): Promise<boolean> {
  const understood = await understand(source, namingRules(options));
  const { count, problems } = understood;
  console.error(previewText(understood));
  if (problems.counts.has('file') && count === 0) return false;
  const sender = await senderOf(options, config);
  try {
    const send = (dryRun: boolean) => sendAll(source, count, sender, options, dryRun);
    if (options.dryRun === true || options.onConflict === 'fail') {
      const planned = await send(true);
      const conflicts = planned.counts.get('conflict') ?? 0;
      if (options.dryRun === true || conflicts > 0) {
        console.log(summaryText(planned, problems, true));
        return isWhole(planned, problems) && conflicts === 0;
      }
    }
    await confirmed(options.yes === true, count);
    const done = await send(false);
    console.log(summaryText(done, problems, false));
    return isWhole(done, problems);
  } finally {
    await sender.close();
  }
}

function namingRules({ clientId, issuer }: ImportOptions): NamingRules {
  return { clientId, issuer: issuer ?? null };
}

/** Goes through the file once, and keeps what is shown and the ids, to find those that come twice. */
async function understand(source: ImportSource, rules: NamingRules): Promise<Understood> {
  const problems = new Reasons();
  const taken = new Map<string, string>();
  let format: string | null = null;
  let count = 0;
  let preview: readonly Preview[] = [];
  for await (const part of source.parts()) {
    const named = recordsToImport(part, rules, taken);
    for (const problem of [...part.problems, ...named.problems]) problems.add(problem);
    if (preview.length < PREVIEWED)
      preview = [...preview, ...previewOf(part, named.records, PREVIEWED - preview.length)];
    count += named.records.length;
    format = part.format;
  }
  return { format, count, preview, problems };
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

function isWhole({ left }: ImportTally, { counts }: Reasons): boolean {
  return left.counts.size === 0 && !counts.has('refused') && !counts.has('file');
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

/** Goes through the file once more, and sends it batch by batch. */
async function sendAll(
  source: ImportSource,
  count: number,
  sender: Sender,
  { onConflict, allowShortSecrets = false, report: reportFile, ...naming }: Asked,
  dryRun: boolean,
): Promise<ImportTally> {
  const progress = new Progress(dryRun ? 'Looking' : 'Importing');
  const tally = new ImportTally();
  const report = reportFile === undefined ? null : new ReportFile(reportFile);
  const rules = {
    onConflict: onConflict === 'replace' ? 'replace' : 'skip',
    allowShortSecrets,
    dryRun,
  } as const;
  const taken = new Map<string, string>();
  let seen = 0;
  try {
    for await (const part of source.parts()) {
      const named = recordsToImport(part, namingRules({ ...naming, onConflict }), taken);
      for (const batch of batchesOf(named.records)) {
        const results = await sender.send({ records: batch.map(({ fields }) => fields), ...rules });
        for (const [index, result] of results.entries()) {
          const place = batch[index]?.place ?? '';
          tally.add(place, result);
          report?.add({ place, ...result });
        }
        seen += batch.length;
        progress.show(seen / count);
      }
      for (const { kind, ...rest } of [...part.problems, ...named.problems])
        report?.add({ result: kind, ...rest });
    }
  } finally {
    report?.close();
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
