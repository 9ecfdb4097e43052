import type { Format } from '../format.ts';
import { Collector, type Draft, type Entry, Skip } from '../reading/collector.ts';
import { dateOf, firstText, isAbsent, isRow, nestedJson, type Row, textOf } from '../reading/values.ts';
import { Refusal } from '../secret-text.ts';
import { otpauthDraft } from './otpauth.ts';

/**
 * Identities of Ory Kratos with their credentials, or rows of its table `identity_credentials`. Source: the
 * configuration of its strategies `totp` (`totp_url`) and `lookup_secret` (`recovery_codes`).
 */
export const kratos: Format = {
  name: 'kratos',
  title: 'Ory Kratos: identities (JSON, NDJSON)',
  entries: 'rows',
  matches: ({ firstRow }) =>
    firstRow !== null && isRow(firstRow.credentials) && ('traits' in firstRow || 'schema_id' in firstRow),
  parse(input) {
    const collector = new Collector('kratos');
    for (const { place, row } of input.rows()) collector.add(place, (entry) => draftOf(row, entry));
    return collector.done();
  },
};

function draftOf(row: Row, entry: Entry): Draft {
  const credentials = isRow(row.credentials) ? row.credentials : {};
  const url = textOf(configOf(credentials.totp).totp_url);
  if (url === '') {
    if (credentials.totp === undefined) throw new Skip('The identity has no TOTP.');
    throw new Refusal('The identity has no totp_url.', {
      field: 'totp_url',
      action: 'Export it with the configuration of its credentials.',
    });
  }
  const traits = isRow(row.traits) ? row.traits : {};
  const clientId = textOf(row.id);
  const draft = otpauthDraft(url, entry);
  const codes = configOf(credentials.lookup_secret).recovery_codes;
  return {
    ...draft,
    clientId,
    label: firstText(traits.email, traits.username, draft.label),
    recoveryCodes: Array.isArray(codes)
      ? codes.filter(isUnused).map((code) => textOf((code as Row).code))
      : undefined,
    createdAt: dateOf(isRow(credentials.totp) ? credentials.totp.created_at : undefined),
  };
}

function configOf(credential: unknown): Row {
  const config = isRow(credential) ? nestedJson(credential.config, 'config') : undefined;
  return isRow(config) ? config : {};
}

/** A code that was not used has no time, or Go's zero time. */
function isUnused(code: unknown): boolean {
  if (!isRow(code) || isAbsent(code.code)) return false;
  return isAbsent(code.used_at) || textOf(code.used_at).startsWith('0001-01-01');
}
