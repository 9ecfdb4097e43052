import type { Format } from '../format.ts';
import { Collector, type Draft, Skip } from '../reading/collector.ts';
import { firstText, isRow, type Row, textOf } from '../reading/values.ts';
import { readSecret } from '../secret-text.ts';

/** Users in the form of Auth0's bulk import, with `mfa_factors`. Source: its schema for bulk user imports. */
export const auth0: Format = {
  name: 'auth0',
  title: 'Auth0: users with mfa_factors (JSON, NDJSON)',
  entries: 'rows',
  matches: (input) => {
    for (const { row } of input.rows()) if (Array.isArray(row.mfa_factors)) return true;
    return false;
  },
  parse(input) {
    const collector = new Collector('auth0');
    for (const { place, row } of input.rows()) {
      const factors = Array.isArray(row.mfa_factors) ? (row.mfa_factors as unknown[]) : [];
      if (factors.length === 0) collector.skip(place, 'The user has no second factor.');
      for (const [index, factor] of factors.entries()) {
        collector.add(`${place}, mfa_factors[${index}]`, () => draftOf(row, isRow(factor) ? factor : {}));
      }
    }
    return collector.done();
  },
};

function draftOf(row: Row, factor: Row): Draft {
  const totp = factor.totp;
  if (!isRow(totp)) throw new Skip('The factor is no TOTP: phones and e-mail are not imported.');
  const clientId = firstText(row.user_id, row.email, row.username);
  const label = firstText(row.email, row.username, clientId);
  return { clientId, label, issuer: firstText(row.issuer), secret: readSecret(textOf(totp.secret)) };
}
