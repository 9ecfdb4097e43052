import type { Format } from '../format.ts';
import { Collector, Skip } from '../reading/collector.ts';
import { dateOf, firstText, isAbsent, type Row, textOf } from '../reading/values.ts';
import { Refusal, readSecret } from '../secret-text.ts';

/** Rows of Supabase's table `auth.mfa_factors`. Source: the migrations of supabase/auth. */
export const supabase: Format = {
  name: 'supabase',
  title: 'Supabase: auth.mfa_factors (CSV, JSON)',
  matches: ({ firstRow }) =>
    firstRow !== null && 'factor_type' in firstRow && 'secret' in firstRow && 'user_id' in firstRow,
  parse(input) {
    const collector = new Collector('supabase');
    const seen = new Set<string>();
    for (const { place, row } of input.rows()) {
      collector.add(place, () => {
        const draft = draftOf(row);
        const additional = seen.has(draft.clientId);
        seen.add(draft.clientId);
        return { ...draft, additional };
      });
    }
    return collector.done();
  },
};

function draftOf(row: Row) {
  const type = textOf(row.factor_type);
  if (type !== 'totp') throw new Skip('The factor is no TOTP: phones and passkeys are not imported.');
  if (textOf(row.status) !== 'verified') throw new Skip('The user never entered a first code.');
  const secret = textOf(row.secret);
  if (secret.startsWith('{')) {
    throw new Refusal('The secret is encrypted (GOTRUE_SECURITY_DB_ENCRYPTION).', {
      field: 'secret',
      code: 'encrypted',
      action: 'Decrypt it with the key of that setting before you export it.',
    });
  }
  const clientId = textOf(row.user_id);
  if (clientId === '') throw new Refusal('The row has no user_id.', { field: 'user_id' });
  return {
    clientId,
    label: firstText(row.email, clientId),
    issuer: firstText(row.issuer),
    secret: readSecret(secret),
    createdAt: isAbsent(row.created_at) ? undefined : dateOf(row.created_at),
    name: textOf(row.friendly_name),
  };
}
