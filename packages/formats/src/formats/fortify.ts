import type { Format } from '../format.ts';
import { Collector, Skip } from '../reading/collector.ts';
import { dateOf, firstText, isAbsent, type Row } from '../reading/values.ts';
import { Refusal, readSecret } from '../secret-text.ts';
import { codesOf } from './better-auth.ts';

/**
 * Users of a Laravel application with Fortify, their columns decrypted by it. Source: Fortify's migration
 * `add_two_factor_columns_to_users_table`. Its secrets have 80 bits by default.
 */
export const fortify: Format = {
  name: 'fortify',
  title: 'Laravel Fortify: users (JSON, NDJSON, CSV)',
  entries: 'rows',
  matches: ({ firstRow }) => firstRow !== null && 'two_factor_secret' in firstRow,
  parse(input) {
    const collector = new Collector('fortify');
    for (const { place, row } of input.rows()) collector.add(place, () => draftOf(row));
    return collector.done();
  },
};

function draftOf(row: Row) {
  const secret = firstText(row.two_factor_secret);
  if (secret === '') throw new Skip('The user has no second factor.');
  if ('two_factor_confirmed_at' in row && isAbsent(row.two_factor_confirmed_at)) {
    throw new Skip('The user never entered a first code.');
  }
  if (secret.startsWith('eyJpdiI6')) {
    throw new Refusal("The secret is still encrypted with the application's key.", {
      field: 'two_factor_secret',
      code: 'encrypted',
      action: 'Decrypt it with decrypt() in the application before you export it.',
    });
  }
  const clientId = firstText(row.id, row.email);
  return {
    clientId,
    label: firstText(row.email, row.name, clientId),
    issuer: firstText(row.issuer),
    secret: readSecret(secret),
    recoveryCodes: codesOf(row.two_factor_recovery_codes, 'two_factor_recovery_codes'),
    createdAt: dateOf(row.two_factor_confirmed_at),
  };
}
