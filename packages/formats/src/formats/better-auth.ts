import type { Format } from '../format.ts';
import { Collector, Skip } from '../reading/collector.ts';
import type { PlacedRow } from '../reading/input.ts';
import { dateOf, firstText, nestedJson, truth } from '../reading/values.ts';
import { Refusal, readSecret } from '../secret-text.ts';

/**
 * Rows of better-auth's table `twoFactor`, decrypted by the application. Source: its plugin `two-factor`. The text of
 * the secret is itself the key, which only the URI writes as base32 (better-auth#10923).
 */
export const betterAuth: Format = {
  name: 'better-auth',
  title: 'better-auth: rows of twoFactor (JSON, NDJSON, CSV)',
  entries: 'rows',
  matches: ({ firstRow }) =>
    firstRow !== null && 'secret' in firstRow && ('backupCodes' in firstRow || 'backup_codes' in firstRow),
  parse(input) {
    const collector = new Collector('better-auth');
    for (const { place, row } of input.rows()) collector.add(place, () => draftOf(row));
    return collector.done();
  },
};

function draftOf(row: PlacedRow['row']) {
  const clientId = firstText(row.userId, row.user_id);
  if (clientId === '') throw new Refusal('The row has no userId.', { field: 'userId' });
  if (truth(row.verified) === false) throw new Skip('The user never entered a first code.');
  const secret = row.secret;
  if (typeof secret !== 'string') throw new Refusal('The row has no secret.', { field: 'secret' });
  if (/^(?:\$ba\$|[0-9a-f]{80,}$)/.test(secret)) {
    throw new Refusal("The secret is still encrypted with the application's own.", {
      field: 'secret',
      code: 'encrypted',
      action: 'Decrypt it with symmetricDecrypt of better-auth/crypto before you export it.',
    });
  }
  return {
    clientId,
    label: firstText(row.email, clientId),
    issuer: firstText(row.issuer),
    secret: readSecret(secret, 'text'),
    recoveryCodes: codesOf(row.backupCodes ?? row.backup_codes, 'backupCodes'),
    createdAt: dateOf(row.createdAt ?? row.created_at),
  };
}

/** A list of codes, or the JSON text of one; undefined when there are none. */
export function codesOf(value: unknown, field: string): readonly string[] | undefined {
  if (value === undefined || value === null || value === '') return undefined;
  const list = nestedJson(value, field);
  if (!Array.isArray(list) || !list.every((code) => typeof code === 'string')) {
    throw new Refusal(`${field} is not a list of codes.`, { field });
  }
  return list.filter((code) => code.trim() !== '');
}
