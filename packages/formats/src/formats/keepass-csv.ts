import type { Format } from '../format.ts';
import { Collector, type Draft, type Entry } from '../reading/collector.ts';
import { algorithmOf, digitsOf, periodOf, type Row, textOf } from '../reading/values.ts';
import { readSecret } from '../secret-text.ts';
import { managedDraft } from './bitwarden.ts';

/**
 * CSV of KeePassXC (column `TOTP`, a URI), and of KeePass where its fields `TimeOtp-Secret-…` are columns. Source: what
 * keepassxc-cli writes, and KeePass' documentation of its placeholders.
 */
export const keepassCsv: Format = {
  name: 'keepass-csv',
  title: 'KeePassXC and KeePass (CSV)',
  entries: 'rows',
  matches: ({ headings }) =>
    (headings.includes('totp') && headings.includes('title')) ||
    headings.some((heading) => heading.startsWith('timeotp-secret')),
  parse(input) {
    const collector = new Collector('keepass-csv');
    for (const { place, row } of input.rows()) {
      const fields = lowerCased(row);
      const encoding = ENCODINGS.find((one) => textOf(fields[`timeotp-secret-${one}`]) !== '');
      if (encoding !== undefined) collector.add(place, () => keepassDraft(fields, encoding));
      else if (textOf(fields.totp) !== '') collector.add(place, (entry) => keepassXcDraft(fields, entry));
    }
    return collector.done();
  },
};

const ENCODINGS = ['base32', 'hex', 'base64'] as const;

function lowerCased(row: Row): Row {
  return Object.fromEntries(Object.entries(row).map(([name, value]) => [name.toLowerCase(), value]));
}

function keepassXcDraft(row: Row, entry: Entry): Draft {
  return managedDraft(textOf(row.totp), textOf(row.username), textOf(row.title), entry);
}

function keepassDraft(row: Row, encoding: (typeof ENCODINGS)[number]): Draft {
  return {
    label: textOf(row['user name'] ?? row.username ?? row['login name']),
    issuer: textOf(row.title ?? row.account),
    algorithm: algorithmOf(row['timeotp-algorithm']),
    digits: digitsOf(row['timeotp-length']),
    period: periodOf(row['timeotp-period']),
    secret: readSecret(textOf(row[`timeotp-secret-${encoding}`]), encoding),
  };
}
