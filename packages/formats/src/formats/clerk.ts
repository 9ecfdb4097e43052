import type { Format } from '../format.ts';
import { Collector, type Draft, Skip } from '../reading/collector.ts';
import { firstText, type Row, textOf } from '../reading/values.ts';
import { readSecret } from '../secret-text.ts';

/** Clerk's export of users (CSV), with its column `totp_secret`. Source: its documentation of exporting users. */
export const clerk: Format = {
  name: 'clerk',
  title: 'Clerk: users (CSV)',
  entries: 'rows',
  matches: ({ firstRow }) =>
    firstRow !== null &&
    'totp_secret' in firstRow &&
    ('primary_email_address' in firstRow || 'password_digest' in firstRow),
  parse(input) {
    const collector = new Collector('clerk');
    for (const { place, row } of input.rows()) collector.add(place, () => draftOf(row));
    return collector.done();
  },
};

function draftOf(row: Row): Draft {
  const secret = textOf(row.totp_secret);
  if (secret === '') throw new Skip('The user has no second factor.');
  const clientId = firstText(row.external_id, row.id, row.primary_email_address);
  const label = firstText(row.primary_email_address, row.username, clientId);
  return { clientId, label, issuer: firstText(row.issuer), secret: readSecret(secret) };
}
