import type { Format } from '../format.ts';
import { Collector, type Draft, type Entry, Skip } from '../reading/collector.ts';
import { firstText, isRow, textOf } from '../reading/values.ts';
import { Refusal, readSecret } from '../secret-text.ts';
import { otpauthDraft } from './otpauth.ts';

/** What a password manager keeps: a URI, or the secret alone. Also used by the formats of other managers. */
export function managedDraft(totp: string, label: string, issuer: string, entry: Entry): Draft {
  if (totp === '') throw new Skip('The entry has no one-time password.');
  if (/^steam:/i.test(totp)) {
    throw new Refusal('Steam makes its codes in its own way, which is neither TOTP nor HOTP.', {
      field: 'type',
      action: 'Enrol this user anew.',
    });
  }
  if (/^otpauth:/i.test(totp)) {
    const draft = otpauthDraft(totp, entry);
    return { ...draft, label: firstText(draft.label, label), issuer: firstText(draft.issuer, issuer) };
  }
  return { label: firstText(label, issuer), issuer, secret: readSecret(totp) };
}

/** Bitwarden's JSON export, not encrypted. Source: its documentation of the export's formats. */
export const bitwardenJson: Format = {
  name: 'bitwarden-json',
  title: 'Bitwarden (JSON)',
  matches: ({ json }) => isRow(json) && 'encrypted' in json && ('items' in json || 'data' in json),
  parse({ json }) {
    const collector = new Collector('bitwarden-json');
    const items = isRow(json) ? json.items : undefined;
    if (!Array.isArray(items)) {
      collector.fail('Encrypted exports of Bitwarden are not read.', {
        code: 'encrypted',
        action: 'Export as .json without encryption.',
      });
      return collector.done();
    }
    for (const [index, item] of (items as unknown[]).entries()) {
      const login = isRow(item) && isRow(item.login) ? item.login : {};
      const name = isRow(item) ? textOf(item.name) : '';
      const totp = textOf(login.totp);
      // Passwords without a second factor are most of a vault, and naming each of them would help no one.
      if (totp === '') continue;
      collector.add(`items[${index}]`, (entry) => managedDraft(totp, textOf(login.username), name, entry));
    }
    return collector.done();
  },
};

/** Bitwarden's CSV export. */
export const bitwardenCsv: Format = {
  name: 'bitwarden-csv',
  title: 'Bitwarden (CSV)',
  entries: 'rows',
  matches: ({ headings }) => headings.includes('login_totp'),
  parse(input) {
    const collector = new Collector('bitwarden-csv');
    for (const { place, row } of input.rows()) {
      const totp = textOf(row.login_totp);
      if (totp === '') continue;
      collector.add(place, (entry) =>
        managedDraft(totp, textOf(row.login_username), textOf(row.name), entry),
      );
    }
    return collector.done();
  },
};
